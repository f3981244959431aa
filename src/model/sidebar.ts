import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import type { EnvStoreError } from '../api/errors';
import type { IQueuedBuild, IStoreEvent } from '../api/types';
import { isActive } from '../api/types';
import { Coalesced } from './coalesce';
import { withProgress } from './environments';
import type { EnvStore } from './store';

/** Milliseconds without a keystroke before packages are looked for. */
const TYPING = 250;

/** What is known besides the list: the queue, and what contains what. */
export class SidebarModel implements IDisposable {
  constructor(options: SidebarModel.IOptions) {
    this._client = options.client;
    this._store = options.store;
    this._reading = new Coalesced(() => this._readQueue());
    this._debouncer = new Debouncer(() => this._look(), TYPING);
    this._store.event.connect(this._onEvent, this);
    this._store.stale.connect(this._onStale, this);
    this._store.environments.changed.connect(this._onEnvironments, this);
    void this._reading.call();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What runs, then what waits, in the order of its turns. */
  get queue(): readonly IQueuedBuild[] {
    return this.builds.filter(({ build }) => isActive(build));
  }

  /** The queue with the builds that have ended since it was read. */
  get builds(): readonly IQueuedBuild[] {
    return this._queue.map(item => this.renew(item));
  }

  /** A build as the list has it, which is read more often than the queue. */
  renew(item: IQueuedBuild): IQueuedBuild {
    const latest = this._store.environments.get(
      item.namespace,
      item.environment
    )?.latest_build;
    return latest?.id === item.build.id ? { ...item, build: latest } : item;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._debouncer.dispose();
      Signal.disconnectReceiver(this);
      Signal.clearData(this);
    }
  }

  /**
   * The environments, as `namespace/name`, whose current builds have all of these
   * packages; null while they are looked for and without any, an error if that failed.
   */
  containing(
    packages: readonly string[]
  ): ReadonlySet<string> | EnvStoreError | null {
    const wanted = packages.join(' ');
    if (wanted !== this._wanted) {
      this._wanted = wanted;
      this._found = null;
      if (wanted) {
        void this._debouncer.invoke();
      }
    }
    return this._found;
  }

  /** Look for the packages again. */
  lookAgain(): void {
    this._found = null;
    this._emit();
    void this._look();
  }

  private async _look(): Promise<void> {
    const wanted = this._wanted;
    if (!wanted) {
      return;
    }
    let found: ReadonlySet<string> | EnvStoreError;
    try {
      // Once it was found, it is looked for again by itself.
      const names = await this._client.environmentsWith(wanted.split(' '), {
        background: this._found !== null
      });
      found = new Set(
        names.map(({ namespace, name }) => `${namespace}/${name}`)
      );
    } catch (error) {
      found = error as EnvStoreError;
    }
    if (wanted === this._wanted) {
      this._found = found;
      this._emit();
    }
  }

  private async _readQueue(): Promise<void> {
    try {
      this._queue = await this._client.queue({ background: true });
    } catch {
      // The list, which is read at the same times, tells why.
      return;
    }
    this._emit();
  }

  private _onEvent(_: unknown, event: IStoreEvent): void {
    const { kind, build_id: id } = event;
    // The list hears only of the newest build of each environment.
    if (this._queue.some(({ build }) => build.id === id)) {
      this._queue = this._queue.map(item =>
        item.build.id === id
          ? { ...item, build: withProgress(item.build, event) }
          : item
      );
      this._emit();
    }
    if (kind === 'build') {
      void this._reading.call();
    }
    if (kind === 'environment' && this._wanted) {
      void this._debouncer.invoke();
    }
  }

  private _onEnvironments(): void {
    const active = this._store.environments.active
      .map(({ latest_build: { id, status } }) => `${id} ${status}`)
      .join();
    if (active !== this._active) {
      this._active = active;
      void this._reading.call();
    }
    this._emit();
  }

  private _onStale(): void {
    void this._reading.call();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: SidebarModel.IOptions['client'];
  private readonly _store: SidebarModel.IOptions['store'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _reading: Coalesced;
  private readonly _debouncer: Debouncer;
  private _queue: IQueuedBuild[] = [];
  /** The builds in the list that were active when it changed last. */
  private _active = '';
  private _wanted = '';
  private _found: ReadonlySet<string> | EnvStoreError | null = null;
  private _isDisposed = false;
}

export namespace SidebarModel {
  export interface IOptions {
    client: Pick<EnvStoreClient, 'environmentsWith' | 'queue'>;
    store: Pick<EnvStore, 'environments' | 'event' | 'stale'>;
  }
}
