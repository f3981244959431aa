import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { ISolution } from '../api/types';

/** A dry run of a specification: what a build of it would be made of. */
export class SolveModel implements IDisposable {
  constructor(options: SolveModel.IOptions) {
    this._client = options.client;
    this.text = options.text;
    this.namespace = options.namespace;
    void this.start();
  }

  readonly text: string;
  readonly namespace: string | null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isSolving(): boolean {
    return this._request !== null;
  }

  /** When the solve was begun, on this machine's clock. */
  get since(): number {
    return this._since;
  }

  /** Null until it was found; it may say why there is no solution. */
  get solution(): ISolution | null {
    return this._solution;
  }

  /** Why there is no answer at all. */
  get error(): EnvStoreError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Nobody waits any more, and the server stops. */
  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.cancel();
      Signal.clearData(this);
    }
  }

  async start(): Promise<void> {
    if (this._request !== null) {
      return;
    }
    const request = new AbortController();
    this._request = request;
    this._since = Date.now();
    this._solution = null;
    this._error = null;
    this._changed.emit();
    try {
      const { signal } = request;
      const solution = await this._client.solve(this.text, this.namespace, {
        signal
      });
      if (!signal.aborted) {
        this._solution = solution;
      }
    } catch (error) {
      if (!request.signal.aborted) {
        this._error = error as EnvStoreError;
      }
    }
    if (this._request === request) {
      this._request = null;
      this._changed.emit();
    }
  }

  cancel(): void {
    this._request?.abort();
    this._request = null;
    this._changed.emit();
  }

  private readonly _client: SolveModel.IOptions['client'];
  private readonly _changed = new Signal<this, void>(this);
  private _request: AbortController | null = null;
  private _since = 0;
  private _solution: ISolution | null = null;
  private _error: EnvStoreError | null = null;
  private _isDisposed = false;
}

export namespace SolveModel {
  export interface IOptions {
    client: Pick<DetailClient, 'solve'>;
    text: string;
    namespace: string | null;
  }
}
