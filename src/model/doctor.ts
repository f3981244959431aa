import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IDiagnosis } from '../api/types';

/** What is wrong around the store, examined anew when somebody asks for it. */
export class DoctorModel implements IDisposable {
  constructor(options: DoctorModel.IOptions) {
    this._client = options.client;
    this._examined = this.refresh();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until it was examined. */
  get diagnosis(): IDiagnosis | null {
    return this._diagnosis;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** Whether the server looks at everything, or mends it; both may take minutes. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._giveUp.abort();
      Signal.clearData(this);
    }
  }

  /** Examine everything; nothing is changed. */
  refresh(): Promise<void> {
    const { signal } = this._giveUp;
    return this._run(() => this._client.diagnosis({ signal }));
  }

  /** Mend findings with a code, or without one all that the server may mend. */
  async mend(code: string | null): Promise<void> {
    // Who asks for it before the document is open has it examined first.
    await this._examined;
    await this._run(() => this._client.mend(code === null ? null : [code]));
  }

  private async _run(ask: () => Promise<IDiagnosis>): Promise<void> {
    if (this._isBusy) {
      return;
    }
    this._isBusy = true;
    this._changed.emit();
    try {
      this._diagnosis = await ask();
      this._error = null;
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    this._isBusy = false;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: DoctorModel.IOptions['client'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _giveUp = new AbortController();
  private readonly _examined: Promise<void>;
  private _diagnosis: IDiagnosis | null = null;
  private _error: EnvStoreError | null = null;
  private _isBusy = false;
  private _isDisposed = false;
}

export namespace DoctorModel {
  export interface IOptions {
    client: Pick<DetailClient, 'diagnosis' | 'mend'>;
  }
}
