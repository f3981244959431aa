import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type {
  IArtifact,
  IBuild,
  IDeed,
  IEnvironment,
  IPage,
  IStoreEvent
} from '../api/types';
import type { Tab } from '../tabs';
import { BuildModel } from './build';
import { Coalesced } from './coalesce';
import { Comparisons } from './comparisons';
import { DraftModel } from './draft';
import { withProgress } from './environments';
import type { EnvStore } from './store';

const PAGE = 50;

/** An environment with its builds, for as long as a document shows it. */
export class EnvironmentModel implements IDisposable {
  constructor(options: EnvironmentModel.IOptions) {
    this.namespace = options.namespace;
    this.name = options.name;
    this._client = options.client;
    this._store = options.store;
    this.comparisons = new Comparisons(options.client);
    this._refresh = new Coalesced(() => this._load());
    this._store.event.connect(this._onEvent, this);
    this._store.stale.connect(this._onStale, this);
    this._store.environments.changed.connect(this._onList, this);
    void this.refresh();
  }

  readonly namespace: string;
  readonly name: string;
  /** What differs between its builds. */
  readonly comparisons: Comparisons;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The tab in front was changed. */
  get tabChanged(): ISignal<this, void> {
    return this._tabChanged;
  }

  /** The specification that is written here was changed, begun or given up. */
  get draftChanged(): ISignal<this, void> {
    return this._draftChanged;
  }

  /** A build of what was written here was accepted. */
  get submitted(): ISignal<this, EnvStore.IAccepted> {
    return this._submitted;
  }

  get tab(): Tab {
    return this._tab;
  }

  /** The specification that is being written for this environment, if one is. */
  get draft(): DraftModel | null {
    return this._draft;
  }

  /** Null while the list is loading, and once the environment is deleted. */
  get environment(): IEnvironment | null {
    return this._store.environments.get(this.namespace, this.name);
  }

  get isLoading(): boolean {
    return this._isLoading;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** The builds read so far, the youngest first. */
  get builds(): readonly IBuild[] {
    return this._builds;
  }

  /** How often a build is begun at most; null until it was read. */
  get maxAttempts(): number | null {
    return this._store.info?.max_attempts ?? null;
  }

  get hasMore(): boolean {
    return this._builds.length < this._count;
  }

  /** The build that the document shows: the chosen one, or else the youngest. */
  get selected(): BuildModel | null {
    return this._selected;
  }

  /** The build that was asked for, if it is none of this environment's. */
  get missingId(): number | null {
    return this._missingId;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._store.event.disconnect(this._onEvent, this);
    this._store.stale.disconnect(this._onStale, this);
    this._store.environments.changed.disconnect(this._onList, this);
    this._selected?.dispose();
    this._draft?.dispose();
    Signal.clearData(this);
  }

  openTab(tab: Tab): void {
    if (tab !== this._tab) {
      this._tab = tab;
      this._tabChanged.emit();
    }
  }

  /** Two builds whose differences are shown, from the first to the second; null for none. */
  get pair(): EnvironmentModel.Pair | null {
    return this._pair;
  }

  compare(pair: EnvironmentModel.Pair | null): void {
    this._pair = pair;
    this._changed.emit();
  }

  /** The builds on which notes are being written. */
  get noting(): ReadonlySet<number> {
    return this._noting;
  }

  writeNote(buildId: number): void {
    this._noting.add(buildId);
    this._changed.emit();
  }

  endNote(buildId: number): void {
    this._noting.delete(buildId);
    this._changed.emit();
  }

  /** What all its builds occupy, as far as somebody has asked. */
  get usage(): EnvironmentModel.IUsage {
    return this._usage;
  }

  /** Measure what all its builds occupy, which takes a while. */
  async measure(): Promise<void> {
    if (this._usage.isMeasuring) {
      return;
    }
    this._setUsage({ ...this._usage, error: null, isMeasuring: true });
    try {
      const value = await this._client.usageOf(this.namespace, this.name);
      this._setUsage({ value, error: null, isMeasuring: false });
    } catch (reason) {
      const error = reason as EnvStoreError;
      this._setUsage({ value: null, error, isMeasuring: false });
    }
  }

  /** Begin to write a specification; one that is being written is given up. */
  startDraft(
    options: Pick<
      DraftModel.IOptions,
      'text' | 'isChanged' | 'baseId' | 'lockfile'
    >
  ): DraftModel {
    this._draft?.dispose();
    const { namespace, name } = this;
    const draft = new DraftModel({
      ...options,
      namespace,
      target: { namespace, name },
      client: this._client,
      store: this._store
    });
    draft.changed.connect(this._onDraft, this);
    draft.submitted.connect(this._onSubmitted, this);
    this._draft = draft;
    this._draftChanged.emit();
    return draft;
  }

  /** Give up the specification that is being written. */
  discardDraft(): void {
    this._draft?.dispose();
    this._draft = null;
    this._draftChanged.emit();
  }

  refresh(): Promise<void> {
    return this._refresh.call();
  }

  /** Show a build and stay with it; null goes back to the youngest. */
  select(buildId: number | null): void {
    this._isPinned = buildId !== null;
    this._missingId = null;
    this._show(buildId ?? this._builds[0]?.id ?? null);
    this._changed.emit();
    if (buildId !== null && !this._isLoading && !this._has(buildId)) {
      void this.refresh();
    }
  }

  /** Whether it is there no longer: the list was read, and it is not in it. */
  get isGone(): boolean {
    return (
      !this._isLoading &&
      this._store.environments.updatedOn !== null &&
      this.environment === null
    );
  }

  /** Whether the user may write a specification, also while the server is away. */
  get mayWrite(): boolean {
    return this._store.allows('environment:create', this.namespace, this.name);
  }

  /** Whether the user may change what is there: what is current, notes, pins. */
  get mayUpdate(): boolean {
    return this._store.allows('environment::update', this.namespace, this.name);
  }

  /**
   * Write a note on a build, and give it tags: null leaves them as they are. Rejects with
   * `EnvStoreError`.
   */
  async annotate(
    buildId: number,
    note: string | null,
    tags: string[] | null
  ): Promise<void> {
    await this._client.annotate(buildId, note, tags);
    await this.refresh();
  }

  /** The files that a build can be had as. */
  artifacts(buildId: number): Promise<IArtifact[]> {
    return this._client.artifacts(buildId, { background: true });
  }

  artifactText(address: string): Promise<string> {
    return this._client.artifactText(address);
  }

  /** Where a browser can download an artifact from. */
  artifactUrl(address: string): string {
    return this._client.artifactUrl(address);
  }

  /** What was done to it, the newest deed first; nothing is known of what others share. */
  async history(size: number): Promise<Pick<IPage<IDeed>, 'data' | 'count'>> {
    const { namespace, name } = this;
    if (this._store.environments.readOnlyReason(namespace) !== null) {
      return { data: [], count: 0 };
    }
    const options = { size, background: true };
    return this._client.history(namespace, name, options);
  }

  loadMore(): Promise<void> {
    this._pages += 1;
    return this.refresh();
  }

  private async _load(): Promise<void> {
    const { _selected: known } = this;
    const wasThere = known !== null && this._has(known.id);
    try {
      const page = await this._client.builds(this.namespace, this.name, {
        size: this._pages * PAGE,
        background: !this._isLoading
      });
      this._builds = page.data;
      this._count = page.count;
      this._error = null;
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    this._isLoading = false;
    if (this._isDisposed) {
      return;
    }
    const { _selected: selected } = this;
    const oldest = this._builds[this._builds.length - 1]?.id ?? 0;
    const isGone =
      selected !== null &&
      !(this.hasMore && selected.id < oldest) &&
      this._error === null &&
      !this._has(selected.id);
    if (this._missingId !== null && this._has(this._missingId)) {
      this.select(this._missingId);
    } else if (isGone && !(wasThere && selected === known)) {
      // It is not that it was deleted: only somebody's link named it.
      this._missingId = selected.id;
      this._show(null);
    } else if (!this._isPinned || isGone) {
      this._isPinned = false;
      this._show(this._builds[0]?.id ?? null);
    }
    this._changed.emit();
  }

  private _has(buildId: number): boolean {
    return this._builds.some(({ id }) => id === buildId);
  }

  private _show(buildId: number | null): void {
    if (buildId === (this._selected?.id ?? null)) {
      return;
    }
    this._selected?.dispose();
    this._selected = null;
    if (buildId !== null) {
      this._selected = new BuildModel({ client: this._client, id: buildId });
      void this._selected.refresh();
    }
  }

  private _setUsage(usage: EnvironmentModel.IUsage): void {
    this._usage = usage;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _onDraft(): void {
    this._draftChanged.emit();
  }

  private _onSubmitted(_: unknown, accepted: EnvStore.IAccepted): void {
    // What was written meanwhile stays.
    if (!this._draft?.isDirty) {
      this.discardDraft();
    }
    this._submitted.emit(accepted);
  }

  private _onEvent(_: unknown, event: IStoreEvent): void {
    if (event.namespace !== this.namespace || event.environment !== this.name) {
      if (event.kind === 'build' && this._selected?.ahead) {
        // Fewer may be ahead of it now.
        void this._selected.refresh();
      }
      return;
    }
    if (event.kind === 'progress') {
      this._builds = this._builds.map(build =>
        build.id === event.build_id ? withProgress(build, event) : build
      );
      if (this._selected?.id === event.build_id) {
        this._selected?.applyProgress(event);
      }
    } else {
      this._onStale();
    }
  }

  private _onStale(): void {
    void this.refresh();
    void this._selected?.refresh();
  }

  private _onList(): void {
    this._changed.emit();
  }

  private readonly _client: EnvironmentModel.Client;
  private readonly _store: EnvironmentModel.IOptions['store'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _tabChanged = new Signal<this, void>(this);
  private readonly _draftChanged = new Signal<this, void>(this);
  private readonly _submitted = new Signal<this, EnvStore.IAccepted>(this);
  private readonly _refresh: Coalesced;
  private readonly _noting = new Set<number>();
  private _tab: Tab = 'overview';
  private _draft: DraftModel | null = null;
  private _builds: IBuild[] = [];
  private _count = 0;
  private _pages = 1;
  private _isLoading = true;
  private _error: EnvStoreError | null = null;
  private _selected: BuildModel | null = null;
  private _isPinned = false;
  private _missingId: number | null = null;
  private _pair: EnvironmentModel.Pair | null = null;
  private _usage: EnvironmentModel.IUsage = {
    value: null,
    error: null,
    isMeasuring: false
  };
  private _isDisposed = false;
}

export namespace EnvironmentModel {
  export type Pair = readonly [number, number];

  export interface IUsage {
    /** In bytes; `own` is what comes back if all builds go. */
    value: { size: number; own: number } | null;
    error: EnvStoreError | null;
    isMeasuring: boolean;
  }

  export type Client = Pick<
    DetailClient,
    | 'annotate'
    | 'artifacts'
    | 'artifactText'
    | 'artifactUrl'
    | 'builds'
    | 'history'
    | 'usageOf'
  > &
    Comparisons.Client &
    BuildModel.Client &
    DraftModel.IOptions['client'];

  export interface IOptions {
    namespace: string;
    name: string;
    client: Client;
    store: Pick<
      EnvStore,
      'allows' | 'event' | 'stale' | 'environments' | 'info'
    > &
      DraftModel.IOptions['store'];
  }
}
