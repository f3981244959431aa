import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IJournal, IStoreEvent } from '../api/types';

/** The schema of the store's events on Jupyter's event bus. */
export const EVENT_SCHEMA =
  'https://events.jupyter.org/jupyter_envstore/store/v1';

/**
 * The store's events, in order and without holes.
 *
 * Jupyter's event bus neither replays nor says that it reconnected. The numbers
 * of the store's journal show a hole; what fell into it is read from the
 * journal. When even that fails, `lost` tells listeners to read everything anew.
 */
export class EventFeed implements IDisposable {
  constructor(options: EventFeed.IOptions) {
    this._stream = options.stream;
    this._read = options.read;
    this._stream.connect(this._onEmission, this);
  }

  /** An event of the store; each number comes once, in ascending order. */
  get event(): ISignal<this, IStoreEvent> {
    return this._event;
  }

  /** Some events are gone for good. */
  get lost(): ISignal<this, void> {
    return this._lost;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stream.disconnect(this._onEmission, this);
    Signal.clearData(this);
  }

  /** Find out where the journal is, before anything else is read. */
  async begin(): Promise<void> {
    try {
      this._last ??= (await this._read(Number.MAX_SAFE_INTEGER)).latest;
    } catch {
      // It begins with the first event that comes.
    }
  }

  /** Read what came while nobody listened: the tab was hidden or the socket down. */
  async resume(): Promise<void> {
    if (this._last === null) {
      await this.begin();
      this._lost.emit();
    } else {
      await this._catchUp();
    }
  }

  private _onEmission(_: unknown, emission: Event.Emission): void {
    if (emission.schema_id !== EVENT_SCHEMA) {
      return;
    }
    const event = emission as unknown as IStoreEvent;
    if (event.kind === 'echo') {
      return;
    }
    if (event.seq === null) {
      this._event.emit(event);
      return;
    }
    this._seen = Math.max(this._seen, event.seq);
    // Where users have roles, the bus says only that something happened: the journal says to whom it may.
    const isBell = event.namespace === null && event.kind !== 'kernels';
    if (isBell) {
      this._last ??= event.seq - 1;
    }
    if (!isBell && (this._last === null || event.seq === this._last + 1)) {
      this._deliver(event.seq, event);
    } else if (event.seq > (this._last ?? 0)) {
      void this._catchUp();
    }
  }

  private _deliver(seq: number, event: IStoreEvent): void {
    this._last = seq;
    this._seen = Math.max(this._seen, seq);
    this._event.emit(event);
  }

  private _catchUp(): Promise<void> {
    this._catchingUp ??= this._readJournal().finally(() => {
      this._catchingUp = null;
    });
    return this._catchingUp;
  }

  private async _readJournal(): Promise<void> {
    do {
      const from: number = this._last ?? 0;
      let events: IStoreEvent[] = [];
      let next = from;
      try {
        ({ events, next } = await this._read(from));
      } catch {
        // Handled as any other reply that does not close the hole.
      }
      if (this._isDisposed) {
        return;
      }
      for (const event of events) {
        if (event.seq !== null && event.seq > (this._last ?? 0)) {
          this._deliver(event.seq, event);
        }
      }
      // What the user may not see is not in the journal, but it is counted.
      this._last = Math.max(this._last ?? 0, next);
      if (this._last === from && this._seen > from) {
        this._last = this._seen;
        this._lost.emit();
      }
    } while ((this._last ?? 0) < this._seen);
  }

  private readonly _stream: Event.Stream;
  private readonly _read: EventFeed.IOptions['read'];
  private readonly _event = new Signal<this, IStoreEvent>(this);
  private readonly _lost = new Signal<this, void>(this);
  private _last: number | null = null;
  private _seen = 0;
  private _catchingUp: Promise<void> | null = null;
  private _isDisposed = false;
}

export namespace EventFeed {
  export interface IOptions {
    stream: Event.Stream;
    /** The journal's events after a number. */
    read: (since: number) => Promise<IJournal>;
  }
}
