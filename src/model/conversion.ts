import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import { EnvStoreError } from '../api/errors';
import type { IConverted } from '../api/types';

/** A file that a specification is made of. */
export interface ISourceFile {
  text: string;
  /** Empty for a text that was pasted. */
  filename: string;
  /** Which of the environments of a pixi.toml or pyproject.toml is meant. */
  environment?: string;
}

/** Makes specifications of files of any kind, one at a time. */
export class ConversionModel {
  constructor(options: { client: ConversionModel.Client }) {
    this._client = options.client;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The file that is, or was, converted last. */
  get file(): ISourceFile | null {
    return this._file;
  }

  get reply(): IConverted | null {
    return this._reply;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  get isConverting(): boolean {
    return this._request !== null;
  }

  dispose(): void {
    this._request?.abort();
    Signal.clearData(this);
  }

  /** Convert a file; null if it failed, or another one was asked for meanwhile. */
  async convert(file: ISourceFile): Promise<IConverted | null> {
    this.forget();
    const request = new AbortController();
    this._request = request;
    this._file = file;
    this._changed.emit();
    const { text, filename, environment } = file;
    try {
      const { signal } = request;
      const reply = await this._client.convert(
        {
          text,
          ...(filename && { filename }),
          ...(environment && { environment })
        },
        { signal }
      );
      this._reply = signal.aborted ? this._reply : reply;
    } catch (error) {
      if (!request.signal.aborted) {
        this._error = error as EnvStoreError;
      }
    }
    if (this._request !== request) {
      return null;
    }
    this._request = null;
    this._changed.emit();
    return this._reply;
  }

  /** Say why a file is not even read. */
  refuse(file: ISourceFile, message: string): void {
    this.forget();
    this._file = file;
    this._error = new EnvStoreError({ kind: 'refused', message });
    this._changed.emit();
  }

  /** Something else is written now. */
  forget(): void {
    this._request?.abort();
    this._request = null;
    this._file = null;
    this._reply = null;
    this._error = null;
    this._changed.emit();
  }

  private readonly _client: ConversionModel.Client;
  private readonly _changed = new Signal<this, void>(this);
  private _file: ISourceFile | null = null;
  private _reply: IConverted | null = null;
  private _error: EnvStoreError | null = null;
  private _request: AbortController | null = null;
}

export namespace ConversionModel {
  export type Client = Pick<DetailClient, 'convert'>;
}
