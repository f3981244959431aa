import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IEnvironment } from '../api/types';
import { isActive } from '../api/types';
import type { EnvStore } from './store';

/**
 * The builds that run or wait, and those that failed and nobody looked at.
 *
 * On a server of many people, it is about the environments that the user may change.
 */
export class ActiveBuilds implements IDisposable {
  constructor(options: { store: ActiveBuilds.Store }) {
    this._store = options.store;
    this._store.environments.changed.connect(this._onList, this);
    this._onList();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The environments of which a build runs or waits. */
  get running(): readonly IEnvironment[] {
    return this._running;
  }

  /** The environments of which a build has failed since this began, until it is seen. */
  get failed(): readonly IEnvironment[] {
    return this._failed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._store.environments.changed.disconnect(this._onList, this);
      Signal.clearData(this);
    }
  }

  /** The user looks at an environment: its failure needs not be told any more. */
  see(namespace: string, name: string): void {
    const found = this._failed.find(
      item => item.name === name && item.namespace.name === namespace
    );
    if (found) {
      this._unseen.delete(found.latest_build.id);
      this._onList();
    }
  }

  private _onList(): void {
    const mine = this._store.environments.environments.filter(
      ({ name, namespace }) =>
        this._store.allows('environment::update', namespace.name, name)
    );
    this._running = mine.filter(
      ({ latest_build: build }) => build !== null && isActive(build)
    );
    for (const { latest_build: build } of this._running) {
      this._unseen.add(build.id);
    }
    this._failed = mine.filter(
      ({ latest_build: build }) =>
        build?.status === 'FAILED' && this._unseen.has(build.id)
    );
    this._changed.emit();
  }

  private readonly _store: ActiveBuilds.Store;
  private readonly _changed = new Signal<this, void>(this);
  /** The builds that were seen to run, and whose failure nobody has looked at. */
  private readonly _unseen = new Set<number>();
  private _running: readonly IEnvironment[] = [];
  private _failed: readonly IEnvironment[] = [];
  private _isDisposed = false;
}

export namespace ActiveBuilds {
  export type Store = Pick<EnvStore, 'environments' | 'allows'>;
}
