import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IProblem } from '../api/types';
import type { ConversionModel } from './conversion';
import { DraftOrigin } from './draftOrigin';
import type { EnvironmentList } from './environments';
import { PackagesModel } from './packages';
import { PackageSearch } from './packageSearch';
import { SolveModel } from './solve';
import type { ITemplate } from '../spec/template';
import type { EnvStore } from './store';

/** Milliseconds without a keystroke before the text is checked. */
const CHECK_DELAY = 300;

/** A specification that is being written. */
export class DraftModel implements IDisposable {
  constructor(options: DraftModel.IOptions) {
    this._client = options.client;
    this._store = options.store;
    this._text = options.text;
    this._original = options.isChanged ? null : options.text;
    this._namespace = options.namespace;
    this._lockfile = options.lockfile ?? null;
    this._baseId = options.baseId ?? null;
    this.target = options.target ?? null;
    this.templates = options.templates ?? [];
    this.search = new PackageSearch({ client: options.client });
    this.origin = new DraftOrigin({ client: options.client, draft: this });
    this._debouncer = new Debouncer(() => this.check(), CHECK_DELAY);
    this._store.environments.changed.connect(this._onEnvironments, this);
    this._onEnvironments();
    void this.check();
    // The namespaces to choose from are known then.
    void this._store.loaded.then(() => this._emit());
  }

  /** Begins the ids of nodes that show it. */
  readonly id = `jp-EnvStore-draft-${UUID.uuid4().slice(0, 8)}`;
  /** The environment that is edited; null when a new one is written. */
  readonly target: DraftModel.ITarget | null;
  /** What users have written to start from. */
  readonly templates: readonly ITemplate[];
  /** What it is made from. */
  readonly origin: DraftOrigin;
  /** Finds the packages of channels. */
  readonly search: PackageSearch;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A build of the draft was accepted. */
  get submitted(): ISignal<this, EnvStore.IAccepted> {
    return this._submitted;
  }

  get text(): string {
    return this._text;
  }

  /** What is built is this lockfile, as it is; null for a specification. */
  get lockfile(): DraftModel.ILockfile | null {
    return this._lockfile;
  }

  /** Null until one was chosen and while none is known. */
  get namespace(): string | null {
    return this._namespace ?? this._store.writableNamespaces[0] ?? null;
  }

  /** All namespaces, those first in which the user may build. */
  get namespaces(): readonly DraftModel.INamespaceChoice[] {
    const { environments, writableNamespaces } = this._store;
    const all = environments.groups.map(({ namespace }) => namespace);
    const names = new Set([...writableNamespaces, ...all]);
    if (this._namespace !== null) {
      names.add(this._namespace);
    }
    return [...names].map(name => ({
      name,
      isAllowed: this._store.allows('environment:create', name),
      reason: environments.readOnlyReason(name)
    }));
  }

  /** The environments to start from, the user's own first. */
  get environments(): readonly DraftModel.ITarget[] {
    return this._store.environments.environments.map(item => ({
      namespace: item.namespace.name,
      name: item.name
    }));
  }

  /** The default channels of the server. */
  get defaultChannels(): readonly string[] {
    return this._store.info?.default_channels ?? ['conda-forge'];
  }

  /** The name that the text gives the environment, once it was checked. */
  get name(): string | null {
    return this._name;
  }

  get problems(): readonly IProblem[] {
    return this._problems;
  }

  get warnings(): readonly IProblem[] {
    return this._warnings;
  }

  /** Why the last request failed, unless `problems` says it all. */
  get error(): EnvStoreError | null {
    return this._error;
  }

  get isChecking(): boolean {
    return this._isChecking;
  }

  get isSubmitting(): boolean {
    return this._isSubmitting;
  }

  get isDirty(): boolean {
    return this._text !== this._original || this._lockfile !== null;
  }

  /** Whether the server is away: what is written stays, and nothing can be built. */
  get isOffline(): boolean {
    return (
      this._error?.kind === 'unreachable' ||
      this._store.environments.error?.kind === 'unreachable'
    );
  }

  /** Whether the user may build in the namespace. */
  get isAllowed(): boolean {
    return (
      this.namespace !== null &&
      this._store.allows(
        'environment:create',
        this.namespace,
        this.target?.name
      )
    );
  }

  get canBuild(): boolean {
    return (
      this.isAllowed &&
      !this.isOffline &&
      !this._isSubmitting &&
      this._text.trim() !== ''
    );
  }

  /** The build whose specification the text began as; null for a new environment. */
  get baseId(): number | null {
    return this._baseId;
  }

  /** What another has asked for since the draft was begun; null if nobody has. */
  get conflict(): DraftModel.IConflict | null {
    return this._conflict;
  }

  /** What is installed in the current build of the edited environment. */
  get installed(): PackagesModel | null {
    const published = this._known(this.target)?.published_build;
    if (published && this._installed?.buildId !== published.id) {
      this._installed?.dispose();
      this._installed = new PackagesModel({
        client: this._client,
        buildId: published.id
      });
    }
    return this._installed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._store.environments.changed.disconnect(this._onEnvironments, this);
    this._request?.abort();
    this._debouncer.dispose();
    this._installed?.dispose();
    this.search.dispose();
    this.origin.dispose();
    Signal.clearData(this);
  }

  setText(text: string): void {
    if (text !== this._text || this._lockfile) {
      this._text = text;
      this._lockfile = null;
      this._checkSoon();
    }
  }

  /** Go back to what the text was before it was changed. */
  revert(): void {
    if (this._original !== null) {
      this.setText(this._original);
    }
  }

  /** Build a lockfile, or give it another name or description. */
  setLockfile(text: string, lockfile: DraftModel.ILockfile): void {
    this._text = text;
    this._lockfile = lockfile;
    this._problems = [];
    this._warnings = [];
    this._name = lockfile.name;
    this._emit();
  }

  setNamespace(namespace: string): void {
    if (namespace !== this.namespace) {
      this._namespace = namespace;
      this._checkSoon();
    }
  }

  /** Whether there is an environment that the build would be one of. */
  exists(name: string): boolean {
    const { namespace } = this;
    return namespace !== null && this._known({ namespace, name }) !== null;
  }

  /** The specification of the newest build of an environment. */
  specificationOf(target: DraftModel.ITarget): string | null {
    return this._known(target)?.text ?? null;
  }

  /** A dry run of what is written now; who asked for it disposes of it. */
  solve(): SolveModel {
    return new SolveModel({
      client: this._client,
      text: this._text,
      namespace: this.namespace
    });
  }

  /** Settle a conflict: go on with what was written, or with what the other asked for. */
  settle(whose: 'mine' | 'theirs'): void {
    if (this._conflict === null) {
      return;
    }
    const { buildId, text } = this._conflict;
    this._conflict = null;
    this._baseId = buildId;
    this._original = text;
    if (whose === 'theirs') {
      this.setText(text);
    }
    this._emit();
  }

  /** Ask for a build; what the server objects to is in `problems` and `error`. */
  async submit(): Promise<void> {
    if (!this.canBuild) {
      return;
    }
    this._request?.abort();
    this._isSubmitting = true;
    this._changed.emit();
    try {
      const accepted = await this._store.submit(
        this._text,
        this.namespace,
        this._lockfile ?? undefined
      );
      this._original = this._text;
      this._lockfile = null;
      this._isSubmitting = false;
      this._submitted.emit(accepted);
    } catch (reason) {
      const error = reason as EnvStoreError;
      this._problems = error.problems;
      this._error = error;
    }
    this._isSubmitting = false;
    this._emit();
  }

  /** Ask the server what it thinks of the text. */
  async check(): Promise<void> {
    if (this._lockfile) {
      return;
    }
    const request = new AbortController();
    this._request = request;
    this._isChecking = true;
    try {
      const reply = await this._client.check(this._text, this.namespace, {
        signal: request.signal
      });
      if (request.signal.aborted) {
        return;
      }
      this._name = reply.name;
      this._problems = reply.problems;
      this._warnings = reply.warnings;
      this._error = null;
    } catch (error) {
      if (request.signal.aborted) {
        return;
      }
      this._error = error as EnvStoreError;
    }
    this._isChecking = false;
    this._emit();
  }

  private _checkSoon(): void {
    this._request?.abort();
    this._isChecking = true;
    this._changed.emit();
    // A debouncer rejects the calls that it drops.
    this._debouncer.invoke().catch(() => undefined);
  }

  private _known(
    target: DraftModel.ITarget | null
  ): ReturnType<EnvironmentList['get']> {
    return (
      target && this._store.environments.get(target.namespace, target.name)
    );
  }

  /** Takes over what others have asked for, unless something was written meanwhile. */
  private _onEnvironments(): void {
    const environment = this._known(this.target);
    const newest = environment?.latest_build?.id ?? null;
    if (!environment || newest === null || newest <= (this._baseId ?? 0)) {
      return;
    }
    const { text } = environment;
    const isKnown = this._baseId !== null;
    if (!isKnown || text === this._original || text === this._text) {
      this._baseId = newest;
      this._original = isKnown ? text : this._original;
      this._conflict = null;
    } else if (this.isDirty) {
      this._conflict = { buildId: newest, text };
    } else {
      this._baseId = newest;
      this._original = text;
      this.setText(text);
    }
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: DraftModel.IOptions['client'];
  private readonly _store: DraftModel.IOptions['store'];
  private readonly _debouncer: Debouncer;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _submitted = new Signal<this, EnvStore.IAccepted>(this);
  /** Null when it is not known what the text started from. */
  private _original: string | null;
  private _text: string;
  private _lockfile: DraftModel.ILockfile | null;
  private _namespace: string | null;
  private _baseId: number | null;
  private _conflict: DraftModel.IConflict | null = null;
  private _installed: PackagesModel | null = null;
  private _name: string | null = null;
  private _problems: readonly IProblem[] = [];
  private _warnings: readonly IProblem[] = [];
  private _error: EnvStoreError | null = null;
  private _request: AbortController | null = null;
  private _isChecking = false;
  private _isSubmitting = false;
  private _isDisposed = false;
}

export namespace DraftModel {
  export interface ITarget {
    namespace: string;
    name: string;
  }

  /** A lockfile that is built under a name of the user's. */
  export interface ILockfile {
    /** What sort of lockfile it is, in the server's words: `pixi.lock`. */
    kind: string;
    name: string;
    description: string;
  }

  export interface INamespaceChoice {
    name: string;
    isAllowed: boolean;
    /** Why nothing in it can be changed by anybody; null where roles decide. */
    reason: string | null;
  }

  export interface IConflict {
    buildId: number;
    text: string;
  }

  export interface IOptions {
    client: Pick<DetailClient, 'check'> &
      ConversionModel.Client &
      PackageSearch.Client &
      PackagesModel.Client &
      SolveModel.IOptions['client'];
    store: Pick<
      EnvStore,
      | 'submit'
      | 'loaded'
      | 'writableNamespaces'
      | 'allows'
      | 'environments'
      | 'info'
    >;
    text: string;
    /** Null chooses the user's own. */
    namespace: string | null;
    target?: ITarget;
    templates?: readonly ITemplate[];
    lockfile?: ILockfile | undefined;
    /** The build whose specification the text began as. */
    baseId?: number | undefined;
    /** Whether the text was changed already, in an earlier session. */
    isChanged?: boolean;
  }
}
