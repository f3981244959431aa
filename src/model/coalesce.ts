/**
 * Lets calls that come while one is under way share a single run after it.
 *
 * A run answers every call made before it began, so a burst of events costs two
 * requests and the last state is always read.
 */
export class Coalesced {
  constructor(run: () => Promise<void>) {
    this._run = run;
  }

  call(): Promise<void> {
    if (this._current === null) {
      this._current = this._run().finally(() => {
        this._current = null;
      });
      return this._current;
    }
    this._next ??= this._current
      .catch(() => undefined)
      .then(() => {
        this._next = null;
        return this.call();
      });
    return this._next;
  }

  private readonly _run: () => Promise<void>;
  private _current: Promise<void> | null = null;
  private _next: Promise<void> | null = null;
}
