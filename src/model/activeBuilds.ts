import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IQueuedBuild } from '../api/types';
import { isActive } from '../api/types';
import type { SidebarModel } from './sidebar';
import type { EnvStore } from './store';

/**
 * The builds that run or wait, and those that failed and nobody looked at.
 *
 * On a server of many people, it is about the environments that the user may change.
 */
export class ActiveBuilds implements IDisposable {
  constructor(options: ActiveBuilds.IOptions) {
    this._store = options.store;
    this._sidebar = options.sidebar;
    this._sidebar.changed.connect(this._update, this);
    this._update();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The builds that run, then those that wait. */
  get running(): readonly IQueuedBuild[] {
    return this._running;
  }

  /** The builds that have failed since this began, until they are seen. */
  get failed(): readonly IQueuedBuild[] {
    return this._failed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._sidebar.changed.disconnect(this._update, this);
      Signal.clearData(this);
    }
  }

  /** The user looks at an environment: its failures need not be told any more. */
  see(namespace: string, name: string): void {
    const seen = this._failed.filter(
      item => item.environment === name && item.namespace === namespace
    );
    if (seen.length > 0) {
      seen.forEach(({ build }) => this._unseen.delete(build.id));
      this._update();
    }
  }

  private _update(): void {
    const mine = this._sidebar.builds.filter(({ namespace, environment }) =>
      this._store.allows('environment::update', namespace, environment)
    );
    this._running = mine.filter(({ build }) => isActive(build));
    for (const item of mine) {
      const { id } = item.build;
      if (isActive(item.build) || this._unseen.has(id)) {
        this._unseen.set(id, item);
      }
    }
    this._failed = [...this._unseen.values()]
      // One that has left the queue may be known to have failed only later.
      .map(item => this._sidebar.renew(item))
      .filter(
        ({ namespace, environment, build }) =>
          build.status === 'FAILED' &&
          this._store.environments.get(namespace, environment)
      );
    this._changed.emit();
  }

  private readonly _store: ActiveBuilds.IOptions['store'];
  private readonly _sidebar: ActiveBuilds.IOptions['sidebar'];
  private readonly _changed = new Signal<this, void>(this);
  /** The builds that were seen to run, and whose failure nobody has looked at. */
  private readonly _unseen = new Map<number, IQueuedBuild>();
  private _running: readonly IQueuedBuild[] = [];
  private _failed: readonly IQueuedBuild[] = [];
  private _isDisposed = false;
}

export namespace ActiveBuilds {
  export interface IOptions {
    store: Pick<EnvStore, 'environments' | 'allows'>;
    sidebar: Pick<SidebarModel, 'changed' | 'builds' | 'renew'>;
  }
}
