import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import { EnvStoreError } from '../api/errors';
import type { ICondaConfig, ICondarcChange, IStoreEvent } from '../api/types';
import { Coalesced } from './coalesce';
import type { EnvStore } from './store';

/**
 * conda's configuration, and the change to it that the user looks at.
 *
 * A change is proposed first, which shows what it would do, and written when it
 * is confirmed: only if the file is still the one that was shown.
 */
export class CondaModel implements IDisposable {
  constructor(options: CondaModel.IOptions) {
    this._client = options.client;
    this._store = options.store;
    this._refresh = new Coalesced(() => this._load());
    this._store.event.connect(this._onEvent, this);
    this._store.stale.connect(this._onStale, this);
    void this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until it was read. */
  get config(): ICondaConfig | null {
    return this._config;
  }

  /** Why the last request failed. */
  get error(): EnvStoreError | null {
    return this._error;
  }

  /** The change that waits to be confirmed. */
  get proposal(): CondaModel.IProposal | null {
    return this._proposal;
  }

  /** What became of the last change, until another one is proposed. */
  get outcome(): CondaModel.Outcome | null {
    return this._outcome;
  }

  get isBusy(): boolean {
    return this._isBusy;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._store.event.disconnect(this._onEvent, this);
    this._store.stale.disconnect(this._onStale, this);
    Signal.clearData(this);
  }

  /** Read the state again; a proposal is worked out anew. */
  refresh(): Promise<void> {
    return this._refresh.call();
  }

  /** Show what a change would do; null is about every namespace. */
  async propose(
    action: CondaModel.Action,
    namespace: string | null
  ): Promise<void> {
    this._outcome = null;
    this._wish = { action, namespace };
    this._isAskedFor = true;
    await this.refresh();
  }

  /** Forget the proposal; nothing is written. */
  discard(): void {
    this._wish = null;
    this._proposal = null;
    this._outcome = null;
    this._changed.emit();
  }

  /** Write the proposed change; if the file is another one now, show it anew instead. */
  async confirm(): Promise<void> {
    const proposal = this._proposal;
    if (proposal === null || this._isBusy) {
      return;
    }
    const { action, change, etag } = proposal;
    this._setBusy(true);
    try {
      this._config = await this._client.changeCondaConfig(
        { [action]: change.namespaces },
        etag
      );
      this._wish = null;
      this._proposal = null;
      this._error = null;
      this._outcome = 'written';
    } catch (reason) {
      const error = reason as EnvStoreError;
      if (error instanceof EnvStoreError && error.status === 409) {
        this._outcome = 'conflict';
        await this.refresh();
      } else {
        this._error = error;
      }
    }
    this._setBusy(false);
  }

  private async _load(): Promise<void> {
    const wish = this._wish;
    const background = !this._isAskedFor;
    this._isAskedFor = false;
    try {
      const config = await this._client.condaConfig(wish?.namespace ?? null, {
        background
      });
      this._config = config;
      this._error = null;
      if (wish === this._wish) {
        this._proposal = wish && {
          ...wish,
          change: config[wish.action],
          etag: config.etag
        };
      }
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    this._emit();
  }

  private _setBusy(isBusy: boolean): void {
    this._isBusy = isBusy;
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _onEvent(_: unknown, event: IStoreEvent): void {
    if (event.kind === 'environment') {
      void this.refresh();
    }
  }

  private _onStale(): void {
    void this.refresh();
  }

  private readonly _client: CondaModel.IOptions['client'];
  private readonly _store: CondaModel.IOptions['store'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _refresh: Coalesced;
  private _config: ICondaConfig | null = null;
  private _error: EnvStoreError | null = null;
  private _wish: CondaModel.IWish | null = null;
  private _proposal: CondaModel.IProposal | null = null;
  private _outcome: CondaModel.Outcome | null = null;
  private _isBusy = false;
  /** Whether the next reading is one that the user waits for. */
  private _isAskedFor = false;
  private _isDisposed = false;
}

export namespace CondaModel {
  export type Action = 'register' | 'unregister';

  /** `conflict`: the file had changed, so nothing was written. */
  export type Outcome = 'written' | 'conflict';

  export interface IWish {
    action: Action;
    /** Null means every namespace. */
    namespace: string | null;
  }

  export interface IProposal extends IWish {
    change: ICondarcChange;
    /** Of the file that the change was worked out for. */
    etag: string;
  }

  export interface IOptions {
    client: Pick<EnvStoreClient, 'condaConfig' | 'changeCondaConfig'>;
    store: Pick<EnvStore, 'event' | 'stale'>;
  }
}
