import type { IDisposable } from '@lumino/disposable';

/**
 * Asks the server while nobody knows whether events come through.
 *
 * Events are the rule and asking is the exception: nothing says that a socket is
 * dead, or that a proxy lets none through. Each question makes the server send
 * an event, so that the first answer that is heard ends the questions. They
 * begin when they are asked for, and when something is under way in silence.
 */
export class Watchdog implements IDisposable {
  constructor(options: Watchdog.IOptions) {
    this._options = options;
    this._quiet = options.quiet ?? 5000;
    this._interval = options.interval ?? 2500;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
  }

  /** An event came, whatever it says. */
  heard(): void {
    this._lastHeard = Date.now();
    this._unheard = null;
  }

  /** Look whether there is something to watch; call it when that may have changed. */
  update(): void {
    if (this._timer === undefined && !this._isDisposed && this._isNeeded) {
      this._lastHeard = Date.now();
      this._arm(this._quiet);
    }
  }

  /** Ask now, and on until an event is heard. */
  async doubt(): Promise<void> {
    clearTimeout(this._timer);
    this._unheard ??= 0;
    await this._ask(false);
  }

  private get _isNeeded(): boolean {
    return (
      !this._options.isPaused() &&
      (this._unheard !== null || this._options.isBusy())
    );
  }

  private _arm(delay: number): void {
    this._timer = setTimeout(() => void this._onTimer(), delay);
  }

  private async _onTimer(): Promise<void> {
    this._timer = undefined;
    if (!this._isNeeded) {
      return;
    }
    const silence = Date.now() - this._lastHeard;
    if (this._unheard === null && silence < this._quiet) {
      this._arm(this._quiet - silence);
      return;
    }
    this._unheard ??= 0;
    await this._ask(true);
  }

  private async _ask(isSilent: boolean): Promise<void> {
    const isDeaf = Boolean(this._unheard);
    if (this._unheard !== null) {
      this._unheard += 1;
    }
    await this._options.ask(isDeaf || isSilent);
    clearTimeout(this._timer);
    if (!this._isDisposed) {
      this._arm(this._interval);
    }
  }

  private readonly _options: Watchdog.IOptions;
  private readonly _quiet: number;
  private readonly _interval: number;
  private _timer: ReturnType<typeof setTimeout> | undefined = undefined;
  private _lastHeard = 0;
  /** How many questions in a row were not heard an answer to; null without any. */
  private _unheard: number | null = null;
  private _isDisposed = false;
}

export namespace Watchdog {
  export interface IOptions {
    /** Whether something should be happening. */
    isBusy: () => boolean;
    /** Whether nobody looks, or nobody would answer. */
    isPaused: () => boolean;
    /**
     * Ask the server, which also sends an event; `isSilent` if nothing was heard for a while,
     * or not the event of the last question.
     */
    ask: (isSilent: boolean) => Promise<void>;
    /** Milliseconds without an event before the first question. */
    quiet?: number;
    /** Milliseconds between two questions. */
    interval?: number;
  }
}
