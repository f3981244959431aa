import type { DetailClient } from '../api/detailClient';
import type { IComparison } from '../api/types';

/** What differs between builds, each pair asked for once: builds never change. */
export class Comparisons {
  constructor(client: Comparisons.Client) {
    this._client = client;
  }

  /** Rejects with `EnvStoreError`; the next call asks again then. */
  of(before: number, after: number): Promise<IComparison> {
    const key = `${before} ${after}`;
    let found = this._known.get(key);
    if (!found) {
      found = this._client.compare(before, after, { background: true });
      this._known.set(key, found);
      found.catch(() => this._known.delete(key));
    }
    return found;
  }

  private readonly _client: Comparisons.Client;
  private readonly _known = new Map<string, Promise<IComparison>>();
}

export namespace Comparisons {
  export type Client = Pick<DetailClient, 'compare'>;
}
