import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { ICleanup, ICleanupWish, IStoreUsage } from '../api/types';
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
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The rules to go by; what it leaves out is as the server is set. */
  get wish(): ICleanupWish {
    return this._wish;
  }

  get namespaces(): readonly string[] {
    return this._store.environments.groups.map(({ namespace }) => namespace);
  }

  /** What would go by the present rules; null until that is known. */
  get preview(): ICleanup | null {
    return this._preview;
  }

  /** What the last clean-up took, until the rules are changed. */
  get outcome(): ICleanup | null {
    return this._outcome;
  }

  /** What the store occupies; null until it was measured. */
  get usage(): IStoreUsage | null {
    return this._usage;
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
    this._wish = { ...this._wish, ...wish };
    this._preview = null;
    this._outcome = null;
    this._request += 1;
    this._emit();
    void this._debouncer.invoke();
  }

  /** Find out what would go. */
  async refresh(): Promise<void> {
    const request = ++this._request;
    try {
      const [preview, usage] = await Promise.all([
        this._client.cleanUp({ ...this._wish, dry_run: true }),
        this._client.storeUsage()
      ]);
      if (request === this._request) {
        this._preview = preview;
        this._usage = usage;
        this._error = null;
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
    if (this._preview === null || this._isBusy) {
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
    const failure = this._error;
    await Promise.all([this.refresh(), this._store.resync()]);
    this._error ??= failure;
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
  private _isBusy = false;
  private _isDisposed = false;
}

export namespace CleanupModel {
  export interface IOptions {
    client: Pick<DetailClient, 'cleanUp' | 'storeUsage'>;
    store: Pick<EnvStore, 'environments' | 'resync'>;
  }
}
