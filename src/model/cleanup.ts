import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type {
  ICleanup,
  ICleanupWish,
  IGoneBuild,
  INamespaceUsage,
  IStoreUsage
} from '../api/types';
import type { EnvStore } from './store';

/** Milliseconds without a keystroke before a preview is asked for. */
const PREVIEW_DELAY = 300;

/**
 * A clean-up of the store: first what it would take, then, when the user agrees,
 * what it took.
 */
export class CleanupModel implements IDisposable {
  constructor(options: CleanupModel.IOptions) {
    this._client = options.client;
    this._store = options.store;
    this._debouncer = new Debouncer(() => this.refresh(), PREVIEW_DELAY);
    // Which namespaces it is about depends on what the user may do.
    void this._store.loaded.then(() => {
      if (!this._isDisposed) {
        this._wish = this.isWhole
          ? this._wish
          : { namespace: this.namespaces[0] ?? null };
        void this.refresh();
        void this.measure();
      }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The rules to go by; what it leaves out is as the server is set. */
  get wish(): ICleanupWish {
    return this._wish;
  }

  /** Whether the user may clean up all namespaces, and the caches. */
  get isWhole(): boolean {
    return this._store.allows('build::delete', '*');
  }

  /** The namespaces that the user may clean up. */
  get namespaces(): readonly string[] {
    return this._store.environments.groups
      .map(({ namespace }) => namespace)
      .filter(namespace => this._store.allows('build::delete', namespace));
  }

  /** What would go by the present rules; null until that is known. */
  get preview(): ICleanup | null {
    return this._preview;
  }

  /** Whether nothing would go. */
  get isEmpty(): boolean {
    const { builds, bytes, cache } = this._preview ?? {};
    return !builds?.length && !cache?.entries && !bytes;
  }

  /** What the last clean-up took, until the rules are changed. */
  get outcome(): ICleanup | null {
    return this._outcome;
  }

  /** What the store occupies; null until it was measured, and for who may not know. */
  get usage(): IStoreUsage | null {
    return this._usage;
  }

  /** What environments and builds occupy, by namespace; null until it was measured. */
  get usages(): { [namespace: string]: INamespaceUsage } | null {
    return this._usages;
  }

  /** Why it could not be measured what they occupy. */
  get usageError(): EnvStoreError | null {
    return this._usageError;
  }

  /** The builds that may go, also those that were taken out of the clean-up. */
  get candidates(): readonly IGoneBuild[] {
    const going = this._preview?.builds ?? [];
    const spared = [...this._spared.values()].filter(
      ({ id }) => !going.some(build => build.id === id)
    );
    return [...going, ...spared].sort((a, b) => a.id - b.id);
  }

  /** Whether what would go is being worked out anew, beside the last preview. */
  get isStale(): boolean {
    return this._isStale;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** Whether it is cleaned up right now. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._debouncer.dispose();
      Signal.clearData(this);
    }
  }

  /** Go by other rules; the preview is worked out anew. */
  change(wish: ICleanupWish): void {
    this._preview = null;
    this._ask(wish);
  }

  isSpared(buildId: number): boolean {
    return this._wish.spare?.includes(buildId) === true;
  }

  /** Take a build out of the clean-up, or put it in again. */
  spare(build: IGoneBuild, isSpared: boolean): void {
    const others = (this._wish.spare ?? []).filter(id => id !== build.id);
    this._spared.set(build.id, build);
    this._ask({ spare: isSpared ? [...others, build.id] : others });
  }

  private _ask(wish: ICleanupWish): void {
    this._wish = { ...this._wish, ...wish };
    this._outcome = null;
    this._isStale = true;
    this._request += 1;
    this._emit();
    void this._debouncer.invoke();
  }

  /** Find out what would go. */
  async refresh(): Promise<void> {
    const request = ++this._request;
    try {
      const preview = await this._client.cleanUp({
        ...this._wish,
        dry_run: true
      });
      if (request === this._request) {
        this._preview = preview;
        this._error = null;
        this._isStale = false;
        for (const id of this._spared.keys()) {
          if (!this.isSpared(id)) {
            this._spared.delete(id);
          }
        }
      }
    } catch (error) {
      if (request === this._request) {
        this._preview = null;
        this._error = error as EnvStoreError;
      }
    }
    this._emit();
  }

  /** Take what the preview shows; without one, nothing. */
  async confirm(): Promise<void> {
    if (this._preview === null || this._isStale || this._isBusy) {
      return;
    }
    this._isBusy = true;
    this._emit();
    try {
      this._outcome = await this._client.cleanUp({
        ...this._wish,
        dry_run: false
      });
      this._error = null;
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    this._isBusy = false;
    // What was shown is gone.
    this._isStale = true;
    const failure = this._error;
    await Promise.all([this.refresh(), this.measure(), this._store.resync()]);
    this._error ??= failure;
    this._emit();
  }

  /** Measure what is occupied, beside the preview, which does without. */
  async measure(): Promise<void> {
    const [usages, usage] = await Promise.allSettled([
      this._client.usage(),
      this._client.storeUsage()
    ]);
    if (usages.status === 'fulfilled') {
      this._usages = usages.value;
      this._usageError = null;
    } else {
      this._usageError = usages.reason as EnvStoreError;
    }
    if (usage.status === 'fulfilled') {
      this._usage = usage.value;
    }
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: CleanupModel.IOptions['client'];
  private readonly _store: CleanupModel.IOptions['store'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _debouncer: Debouncer;
  private _wish: ICleanupWish = {};
  private _request = 0;
  private _preview: ICleanup | null = null;
  private _outcome: ICleanup | null = null;
  private _usage: IStoreUsage | null = null;
  private _error: EnvStoreError | null = null;
  private _usageError: EnvStoreError | null = null;
  private _usages: { [namespace: string]: INamespaceUsage } | null = null;
  /** What was known of the builds that were taken out. */
  private readonly _spared = new Map<number, IGoneBuild>();
  private _isStale = false;
  private _isBusy = false;
  private _isDisposed = false;
}

export namespace CleanupModel {
  export interface IOptions {
    client: Pick<DetailClient, 'cleanUp' | 'storeUsage' | 'usage'>;
    store: Pick<EnvStore, 'allows' | 'environments' | 'loaded' | 'resync'>;
  }
}
