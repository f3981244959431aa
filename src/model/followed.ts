import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import type { BuildStatus, IStoreEvent } from '../api/types';
import { isActive } from '../api/types';

/** The builds whose end this tab waits for, because it asked for them. */
export class FollowedBuilds implements IDisposable {
  constructor(options: { client: Pick<EnvStoreClient, 'build'> }) {
    this._client = options.client;
  }

  /** A followed build ended; each is told once. */
  get ended(): ISignal<this, FollowedBuilds.IEnded> {
    return this._ended;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  add(buildId: number): void {
    this._ids.add(buildId);
  }

  apply(event: IStoreEvent): void {
    const { kind, build_id: buildId, status, namespace, environment } = event;
    if (kind === 'build' && buildId && status && namespace && environment) {
      this._settle({ buildId, status, namespace, name: environment });
    }
  }

  /** Ask for each, when events may have been missed. */
  async recheck(): Promise<void> {
    await Promise.all(
      [...this._ids].map(async id => {
        try {
          const build = await this._client.build(id, { background: true });
          this._settle({ ...build, buildId: id });
        } catch {
          // It is asked for again the next time.
        }
      })
    );
  }

  private _settle(build: FollowedBuilds.IEnded): void {
    if (!isActive(build) && this._ids.delete(build.buildId)) {
      this._ended.emit(build);
    }
  }

  private readonly _client: Pick<EnvStoreClient, 'build'>;
  private readonly _ids = new Set<number>();
  private readonly _ended = new Signal<this, FollowedBuilds.IEnded>(this);
  private _isDisposed = false;
}

export namespace FollowedBuilds {
  export interface IEnded {
    buildId: number;
    namespace: string;
    name: string;
    status: BuildStatus;
  }
}
