import type { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import { EnvStoreError } from '../api/errors';
import type {
  IBuildSummary,
  IEnvironment,
  INamespace,
  IStoreEvent
} from '../api/types';
import { isActive } from '../api/types';
import { Coalesced } from './coalesce';

/** Milliseconds between two announcements of mere progress. */
const PROGRESS_INTERVAL = 250;

/** Requests for single environments; for more of them, the whole list is one. */
const MOST_AT_ONCE = 8;

/** Many times as fast as to compare by the locale anew. */
const ORDER = new Intl.Collator();

/** The environments of every namespace, kept as the server has them. */
export class EnvironmentList implements IDisposable {
  constructor(options: { client: EnvironmentList.Client }) {
    this._client = options.client;
    this._progressed = new Throttler(() => this._changed.emit(), {
      limit: PROGRESS_INTERVAL,
      edge: 'trailing'
    });
    this._refresh = new Coalesced(() => this._load());
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** `loading` until the first answer; an error keeps what was known. */
  get status(): EnvironmentList.Status {
    return this._status;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** All namespaces with their environments, both sorted by name. */
  get groups(): readonly EnvironmentList.IGroup[] {
    return this._groups;
  }

  get environments(): readonly IEnvironment[] {
    return this._groups.flatMap(group => group.environments);
  }

  /** Those with a build that is queued or running. */
  get active(): readonly IEnvironment[] {
    return this.environments.filter(({ latest_build }) =>
      isActive(latest_build)
    );
  }

  get isBusy(): boolean {
    return this.active.length > 0;
  }

  /** When the server was last heard; null if it never was. */
  get updatedOn(): Date | null {
    return this._updatedOn;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._progressed.dispose();
    Signal.clearData(this);
  }

  /** Why nothing in a namespace can be changed; null if it can. */
  readOnlyReason(namespace: string): string | null {
    return this._reasons.get(namespace) ?? null;
  }

  /** Say that nothing can be read any more; what was read stays. */
  fail(error: unknown): void {
    this._status = 'error';
    this._error = asError(error);
    this.announce();
  }

  get(namespace: string, name: string): IEnvironment | null {
    return this._items.get(keyOf(namespace, name)) ?? null;
  }

  /** Read everything; a failure is in `error`, not thrown. */
  refresh(): Promise<void> {
    return this._refresh.call();
  }

  /**
   * Read one environment; it goes when the server has it no longer. Where many
   * change together, the list tells of all of them at once.
   */
  refetch(namespace: string, name: string): Promise<void> {
    if (this._underWay >= MOST_AT_ONCE) {
      return this.refresh();
    }
    const key = keyOf(namespace, name);
    let refetch = this._refetches.get(key);
    if (refetch === undefined) {
      refetch = new Coalesced(() => this._loadOne(namespace, name));
      this._refetches.set(key, refetch);
    }
    return refetch.call();
  }

  /** Show how far a running build has come, without asking the server. */
  applyProgress(event: IStoreEvent): void {
    const key = keyOf(event.namespace ?? '', event.environment ?? '');
    const item = this._items.get(key);
    const build = item?.latest_build;
    if (!item || !build || build.id !== event.build_id || !isActive(build)) {
      return;
    }
    this._replace({ ...item, latest_build: withProgress(build, event) });
    void this._progressed.invoke();
  }

  private async _load(): Promise<void> {
    const ticket = ++this._clock;
    try {
      const options = { background: this._status !== 'loading' };
      const [namespaces, environments] = await Promise.all([
        this._client.namespaces(options),
        this._client.environments(options)
      ]);
      this._take(ticket, namespaces, environments);
      this._status = 'ready';
      this._error = null;
      this._updatedOn = new Date();
      this.announce();
    } catch (error) {
      this.fail(error);
    }
  }

  private _take(
    ticket: number,
    namespaces: INamespace[],
    environments: IEnvironment[]
  ): void {
    const items = new Map(
      environments.map(item => [keyOf(item.namespace.name, item.name), item])
    );
    // What was read alone after this list had been asked for is younger than it.
    for (const [key, age] of this._ages) {
      if (age > ticket) {
        const younger = this._items.get(key);
        if (younger) {
          items.set(key, younger);
        } else {
          items.delete(key);
        }
      }
    }
    this._items = items;
    this._listTicket = ticket;
    this._namespaces = namespaces.map(({ name }) => name);
    this._reasons = new Map(
      namespaces.flatMap(({ name, read_only, reason }) =>
        read_only ? [[name, reason ?? '']] : []
      )
    );
    this._ages.clear();
  }

  private async _loadOne(namespace: string, name: string): Promise<void> {
    const ticket = ++this._clock;
    const key = keyOf(namespace, name);
    this._underWay++;
    try {
      const item = await this._client.environment(namespace, name, {
        background: true
      });
      if (ticket < this._listTicket) {
        return;
      }
      this._items.set(key, item);
      this._updatedOn = new Date();
    } catch (error) {
      const isGone = error instanceof EnvStoreError && error.status === 404;
      if (!isGone || ticket < this._listTicket) {
        return;
      }
      this._items.delete(key);
    } finally {
      this._underWay--;
    }
    this._ages.set(key, ticket);
    this.announce();
  }

  /** Say that it has changed, or what may be done with it. */
  announce(): void {
    if (this._isDisposed) {
      return;
    }
    this._group();
    this._changed.emit();
  }

  /** Put one that is there already in its place: sorting all takes long. */
  private _replace(item: IEnvironment): void {
    this._items.set(keyOf(item.namespace.name, item.name), item);
    this._groups = this._groups.map(group =>
      group.namespace === item.namespace.name
        ? {
            ...group,
            environments: group.environments.map(other =>
              other.name === item.name ? item : other
            )
          }
        : group
    );
  }

  private _group(): void {
    const byNamespace = new Map<string, IEnvironment[]>(
      this._namespaces.map(name => [name, []])
    );
    for (const item of this._items.values()) {
      const environments = byNamespace.get(item.namespace.name) ?? [];
      environments.push(item);
      byNamespace.set(item.namespace.name, environments);
    }
    this._groups = [...byNamespace]
      .sort(([a], [b]) => ORDER.compare(a, b))
      .map(([namespace, environments]) => ({
        namespace,
        environments: environments.sort((a, b) => ORDER.compare(a.name, b.name))
      }));
  }

  private readonly _client: EnvironmentList.Client;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _progressed: Throttler;
  private readonly _refresh: Coalesced;
  private readonly _refetches = new Map<string, Coalesced>();
  private _items = new Map<string, IEnvironment>();
  private _namespaces: string[] = [];
  private _reasons = new Map<string, string>();
  private _groups: EnvironmentList.IGroup[] = [];
  private _status: EnvironmentList.Status = 'loading';
  private _error: EnvStoreError | null = null;
  private _updatedOn: Date | null = null;
  /** Numbers requests, to tell which of two answers was asked for later. */
  private _clock = 0;
  /** Requests for single environments that have not been answered. */
  private _underWay = 0;
  private _listTicket = 0;
  private readonly _ages = new Map<string, number>();
  private _isDisposed = false;
}

export namespace EnvironmentList {
  export type Status = 'loading' | 'ready' | 'error';

  export type Client = Pick<
    EnvStoreClient,
    'namespaces' | 'environments' | 'environment'
  >;

  export interface IGroup {
    namespace: string;
    environments: readonly IEnvironment[];
  }
}

/** The build with the phase and progress that an event tells. */
export function withProgress<T extends IBuildSummary>(
  build: T,
  event: IStoreEvent
): T {
  return {
    ...build,
    status: event.status ?? build.status,
    phase: event.phase ?? build.phase,
    progress: event.progress
  };
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function asError(error: unknown): EnvStoreError {
  return error instanceof EnvStoreError
    ? error
    : new EnvStoreError({ kind: 'refused', message: String(error) });
}
