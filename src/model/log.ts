import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IStyledSpan } from './ansi';
import { AnsiReader } from './ansi';

/** The header that tells how many bytes the log has, whatever was sent of it. */
const SIZE_HEADER = 'X-Envstore-Log-Size';

/**
 * A build's log, from its first byte to the build's end.
 *
 * A followed reply grows with the log. Where a proxy holds it back, the log is
 * asked for by offset instead.
 */
export class LogModel implements IDisposable {
  constructor(options: LogModel.IOptions) {
    this._client = options.client;
    this._buildId = options.buildId;
    this._isActive = options.isActive;
    this._patience = options.patience ?? 3000;
    this._interval = options.interval ?? 1500;
  }

  /** Text was added to the end of the log. */
  get appended(): ISignal<this, string> {
    return this._appended;
  }

  /** It follows, ended or failed, or has its first text. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get state(): LogModel.State {
    return this._state;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** What was written, without the signs by which programs colour it. */
  get text(): string {
    return this._text;
  }

  /** The stretches of the text that are coloured. */
  get spans(): readonly IStyledSpan[] {
    return this._ansi.spans;
  }

  /** Where the connection was lost and found again. Nothing is missing there. */
  get breaks(): readonly LogModel.IBreak[] {
    return this._breaks;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  /** Read on from where the log ended, and follow it while the build runs. */
  async start(): Promise<void> {
    if (this._state === 'following' || this.isDisposed) {
      return;
    }
    if (this._error && this._text !== '') {
      const seconds = (Date.now() - this._lostAt) / 1000;
      this._breaks.push({ at: this._text.length, seconds });
    }
    this._error = null;
    this._setState('following');
    try {
      await this._follow();
      this._setState('ended');
    } catch (error) {
      if (!this.isDisposed) {
        this._error = error as EnvStoreError;
        this._lostAt = Date.now();
        this._setState('error');
      }
    }
  }

  private async _follow(): Promise<void> {
    let isStreaming = true;
    while (!this.isDisposed) {
      // Asked before the log is read: what a build wrote last is then not missed.
      const wasActive = this._isActive();
      const before = this._offset;
      if (!isStreaming || !wasActive) {
        await this._read(false);
      } else if (!(await this._stream())) {
        await this._read(false);
        // Only bytes that come this way prove that the other was held back.
        isStreaming = this._offset === before;
      }
      if (!wasActive) {
        return;
      }
      if (!isStreaming || this._offset === before) {
        await this._pause();
      }
    }
  }

  /** Whether a followed reply came through as it was written. */
  private async _stream(): Promise<boolean> {
    const held = new AbortController();
    let hasBytes = false;
    const timer = setTimeout(() => {
      if (!hasBytes) {
        held.abort();
      }
    }, this._patience);
    try {
      await this._read(true, held.signal, () => {
        hasBytes = true;
      });
      return true;
    } catch (error) {
      if (held.signal.aborted && !this.isDisposed) {
        return false;
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private async _read(
    follow: boolean,
    held?: AbortSignal,
    onBytes?: () => void
  ): Promise<void> {
    const abort = new AbortController();
    const forward = (): void => abort.abort();
    for (const signal of [this._abort.signal, held]) {
      signal?.addEventListener('abort', forward, { once: true });
    }
    try {
      const response = await this._client.log(this._buildId, this._offset, {
        follow,
        signal: abort.signal,
        background: true
      });
      const size = Number(response.headers.get(SIZE_HEADER) ?? 0);
      if (size <= this._offset) {
        // Nothing is written yet, so nothing can be held back.
        onBytes?.();
      }
      await this._take(response, onBytes);
    } finally {
      this._abort.signal.removeEventListener('abort', forward);
    }
  }

  private async _take(response: Response, onBytes?: () => void): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) {
      return;
    }
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      onBytes?.();
      this._offset += value.byteLength;
      this._append(this._decoder.decode(value, { stream: true }));
    }
  }

  private _append(piece: string): void {
    const text = this._ansi.read(piece);
    if (text !== '' && !this.isDisposed) {
      const isFirst = this._text === '';
      this._text += text;
      this._appended.emit(text);
      if (isFirst) {
        this._stateChanged.emit();
      }
    }
  }

  private _pause(): Promise<void> {
    return new Promise(resolve => {
      const { signal } = this._abort;
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, this._interval);
      signal.addEventListener('abort', finish);
    });
  }

  private _setState(state: LogModel.State): void {
    this._state = state;
    this._stateChanged.emit();
  }

  private readonly _client: LogModel.Client;
  private readonly _buildId: number;
  private readonly _isActive: () => boolean;
  private readonly _patience: number;
  private readonly _interval: number;
  private readonly _abort = new AbortController();
  /** Keeps the bytes of a character that two chunks share. */
  private readonly _decoder = new TextDecoder();
  private readonly _appended = new Signal<this, string>(this);
  private readonly _stateChanged = new Signal<this, void>(this);
  private _state: LogModel.State = 'idle';
  private _error: EnvStoreError | null = null;
  private readonly _ansi = new AnsiReader();
  private readonly _breaks: LogModel.IBreak[] = [];
  private _lostAt = 0;
  private _text = '';
  private _offset = 0;
}

export namespace LogModel {
  export type State = 'idle' | 'following' | 'ended' | 'error';

  export interface IBreak {
    /** The offset in the text. */
    at: number;
    /** How long nothing was heard. */
    seconds: number;
  }

  export type Client = Pick<DetailClient, 'log'>;

  export interface IOptions {
    client: Client;
    buildId: number;
    /** Whether the build may still write. */
    isActive: () => boolean;
    /** Milliseconds to wait for the first byte of a log that has some. */
    patience?: number;
    /** Milliseconds between two requests by offset. */
    interval?: number;
  }
}
