import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IFoundPackage } from '../api/types';

/** Milliseconds without a keystroke before packages are looked for. */
const DELAY = 150;

/**
 * Milliseconds, and how often, it is looked for again where nothing was found and the
 * server has a reason for that: its index may just be being made.
 */
const AGAIN = 1000;
const MOST_AGAIN = 8;

/** What was looked for, and what was found of it. */
export interface IFoundPackages {
  /** A part of the name of packages, or the package whose versions these are. */
  query: string;
  packages: readonly IFoundPackage[];
  /** Why nothing may have been found, in the server's words. */
  message: string | null;
}

/**
 * Looks for packages while something is typed: after a pause, and only for what was
 * typed last.
 */
export class PackageSearch implements IDisposable {
  constructor(options: { client: PackageSearch.Client }) {
    this._client = options.client;
    this._debouncer = new Debouncer(() => this._run(), DELAY);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null before anything was found. It stays while the next is looked for. */
  get found(): IFoundPackages | null {
    return this._found;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  get isSearching(): boolean {
    return this._isSearching;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._request?.abort();
      this._debouncer.dispose();
      clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  /** Look for packages by a part of their name, in channels; in none for the usual ones. */
  search(text: string, channels: readonly string[]): void {
    this._ask({ search: text }, text, channels);
  }

  /** Look for the versions of a package, the newest first. */
  versions(name: string, channels: readonly string[]): void {
    this._ask({ versionsOf: name }, name, channels);
  }

  /** Give up what is looked for, and forget what was found. */
  clear(): void {
    this._stop();
    this._wanted = null;
    this._found = null;
    this._error = null;
    this._isSearching = false;
    this._changed.emit();
  }

  private _ask(
    what: PackageSearch.Wanted,
    query: string,
    channels: readonly string[]
  ): void {
    this._stop();
    if (query.trim() === '') {
      this.clear();
      return;
    }
    this._wanted = { what, query, channels };
    this._isSearching = true;
    this._error = null;
    this._changed.emit();
    // A debouncer rejects the calls that it drops.
    this._debouncer.invoke().catch(() => undefined);
  }

  private _stop(): void {
    this._request?.abort();
    clearTimeout(this._timer);
  }

  private async _run(again = 0): Promise<void> {
    if (this._wanted === null) {
      return;
    }
    const { what, query, channels } = this._wanted;
    const request = new AbortController();
    this._request = request;
    try {
      const { signal } = request;
      const reply = await this._client.findPackages(what, channels, { signal });
      if (signal.aborted) {
        return;
      }
      this._found = { query, packages: reply.data, message: reply.message };
      this._error = null;
      if (reply.data.length === 0 && reply.message && again < MOST_AGAIN) {
        this._timer = setTimeout(() => void this._run(again + 1), AGAIN);
      }
    } catch (error) {
      if (request.signal.aborted) {
        return;
      }
      this._error = error as EnvStoreError;
      this._found = null;
    }
    this._isSearching = false;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: PackageSearch.Client;
  private readonly _debouncer: Debouncer;
  private readonly _changed = new Signal<this, void>(this);
  private _wanted: {
    what: PackageSearch.Wanted;
    query: string;
    channels: readonly string[];
  } | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _request: AbortController | null = null;
  private _found: IFoundPackages | null = null;
  private _error: EnvStoreError | null = null;
  private _isSearching = false;
  private _isDisposed = false;
}

export namespace PackageSearch {
  export type Client = Pick<DetailClient, 'findPackages'>;

  export type Wanted = Parameters<DetailClient['findPackages']>[0];
}
