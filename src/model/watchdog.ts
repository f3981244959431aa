import type { IDisposable } from '@lumino/disposable';

/**
 * Polls while something should be happening and no event says so.
 *
 * Events are the rule and polling is the exception: a proxy without WebSockets,
 * or a builder on another server of the same store.
 */
export class Watchdog implements IDisposable {
  constructor(options: Watchdog.IOptions) {
    this._isNeeded = options.isNeeded;
    this._poll = options.poll;
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

  /** An event came. */
  heard(): void {
    this._lastHeard = Date.now();
  }

  /** Look whether there is something to watch; call it when that may have changed. */
  update(): void {
    if (this._timer === undefined && !this._isDisposed && this._isNeeded()) {
      this._lastHeard = Date.now();
      this._arm(this._quiet);
    }
  }

  private _arm(delay: number): void {
    this._timer = setTimeout(() => void this._onTimer(), delay);
  }

  private async _onTimer(): Promise<void> {
    if (!this._isNeeded()) {
      this._timer = undefined;
      return;
    }
    const silence = Date.now() - this._lastHeard;
    if (silence < this._quiet) {
      this._arm(this._quiet - silence);
      return;
    }
    await this._poll();
    if (!this._isDisposed) {
      this._arm(this._interval);
    }
  }

  private readonly _isNeeded: () => boolean;
  private readonly _poll: () => Promise<void>;
  private readonly _quiet: number;
  private readonly _interval: number;
  private _timer: ReturnType<typeof setTimeout> | undefined = undefined;
  private _lastHeard = 0;
  private _isDisposed = false;
}

export namespace Watchdog {
  export interface IOptions {
    isNeeded: () => boolean;
    poll: () => Promise<void>;
    /** Milliseconds without an event before the first poll. */
    quiet?: number;
    /** Milliseconds between two polls. */
    interval?: number;
  }
}
