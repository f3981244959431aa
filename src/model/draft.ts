import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreError } from '../api/errors';
import type { IEnvironment, IProblem } from '../api/types';
import { channelsWith } from './channels';
import type { IConflict } from './draftBasis';
import { DraftBasis } from './draftBasis';
import { DraftCheck } from './draftCheck';
import type { IEnvironmentName, INamespaceChoice } from './draftChoices';
import { environmentChoices, namespaceChoices } from './draftChoices';
import type { IDraftLockfile, IDraftOptions } from './draftOptions';
import { DraftOrigin } from './draftOrigin';
import type { PackagesModel } from './packages';
import { PackagesOfOne } from './packages';
import { PackageSearch } from './packageSearch';
import { SolveModel } from './solve';
import { merged } from '../spec/merge';
import { lockfileKind } from '../spec/naming';
import type { ITemplate } from '../spec/template';
import type { EnvStore } from './store';

/** A specification that is being written. */
export class DraftModel implements IDisposable {
  constructor(options: DraftModel.IOptions) {
    this._client = options.client;
    this._store = options.store;
    this._text = options.text;
    this._basis = new DraftBasis(
      options.isChanged ? null : options.text,
      options.baseId ?? null
    );
    this._namespace = options.namespace;
    this.target = options.target ?? null;
    this._lockfile = options.lockfile ?? this._lockfileIn(options.text);
    this._built = options.lockfile || options.isChanged ? null : this._lockfile;
    this.templates = options.templates ?? [];
    this.search = new PackageSearch({ client: options.client });
    this.origin = new DraftOrigin({ client: options.client, draft: this });
    this._check = new DraftCheck({
      client: options.client,
      subject: () => ({
        text: this._text,
        namespace: this.namespace,
        lockfile: this._lockfile?.name
      }),
      changed: () => this._emit()
    });
    this._installed = new PackagesOfOne(options.client);
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

  /** Adds a package that is being typed; false if it cannot be. Null while none is. */
  typed: (() => boolean) | null = null;

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
  get namespaces(): readonly INamespaceChoice[] {
    return namespaceChoices(this._store, this._namespace);
  }

  /** The environments to start from, the user's own first. */
  get environments(): readonly DraftModel.ITarget[] {
    return environmentChoices(this._store);
  }

  /** The default channels of the server. */
  get defaultChannels(): readonly string[] {
    return this._store.info?.default_channels ?? ['conda-forge'];
  }

  /** The name that the text gives the environment, once it was checked. */
  get name(): string | null {
    return this._check.name;
  }

  /** What the server says of the text, and what the last build of it failed for. */
  get problems(): readonly IProblem[] {
    return this._check.problemsOf(this._text);
  }

  get warnings(): readonly IProblem[] {
    return this._check.warnings;
  }

  /** Why the last request failed, unless `problems` says it all. */
  get error(): EnvStoreError | null {
    return this._check.error;
  }

  get isChecking(): boolean {
    return this._check.isRunning;
  }

  get isSubmitting(): boolean {
    return this._isSubmitting;
  }

  get isDirty(): boolean {
    return (
      this._text !== this._basis.original || this._lockfile !== this._built
    );
  }

  /** Whether the server is away: what is written stays, and nothing can be built. */
  get isOffline(): boolean {
    return (
      this._check.error?.kind === 'unreachable' ||
      this._store.environments.error?.kind === 'unreachable'
    );
  }

  /** Whether the user may build in the namespace. */
  get isAllowed(): boolean {
    return (
      this.namespace !== null &&
      this._store.mayBuildIn(this.namespace, this.target?.name)
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
    return this._basis.buildId;
  }

  /** What another has asked for since the draft was begun; null if nobody has. */
  get conflict(): IConflict | null {
    return this._basis.conflict;
  }

  /** The text that both have begun with; null when that is not known. */
  get original(): string | null {
    return this._basis.original;
  }

  /** What both have made of it; null without a conflict, and when one has to choose. */
  get merged(): string | null {
    const { conflict, original } = this._basis;
    return conflict &&
      original !== null &&
      !this._lockfile &&
      lockfileKind(conflict.text) === null
      ? merged(original, this._text, conflict.text)
      : null;
  }

  /** What is installed in the current build of the edited environment. */
  get installed(): PackagesModel | null {
    return this._installed.of(this._known(this.target)?.published_build?.id);
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
    this._check.dispose();
    this._installed.dispose();
    this.search.dispose();
    this.origin.dispose();
    Signal.clearData(this);
  }

  setText(text: string): void {
    if (text !== this._text || this._lockfile) {
      this._text = text;
      this._lockfile = null;
      this._check.soon();
    }
  }

  /** Write what a build was asked for with, a lockfile too; `isBuilt` is not dirty then. */
  take(text: string, isBuilt = false): void {
    const lockfile = this._lockfileIn(text);
    this._built = isBuilt ? lockfile : this._built;
    if (lockfile) {
      this.setLockfile(text, lockfile);
    } else {
      this.setText(text);
    }
  }

  /** Go back to what the text was before it was changed. */
  revert(): void {
    const { original } = this._basis;
    if (original !== null) {
      this.take(original, true);
    }
  }

  /** Build a lockfile, or give it another name or description. */
  setLockfile(text: string, lockfile: DraftModel.ILockfile): void {
    this._text = text;
    this._lockfile = lockfile;
    this._check.problems = [];
    this._check.warnings = [];
    this._check.name = lockfile.name;
    this._check.soon();
  }

  setNamespace(namespace: string): void {
    if (namespace !== this.namespace) {
      this._namespace = namespace;
      this._check.soon();
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

  /** Settle a conflict: go on with what was written, what the other asked for, or both. */
  settle(whose: 'mine' | 'theirs' | 'both'): void {
    const { merged: both, conflict } = this;
    if (conflict === null) {
      return;
    }
    this._basis.settle(conflict);
    if (whose === 'theirs') {
      this.take(conflict.text, true);
    } else if (whose === 'both' && both !== null) {
      this.setText(both);
    }
    this._emit();
  }

  /** Ask for a build; what the server objects to is in `problems` and `error`. */
  async submit(): Promise<void> {
    if (!this.canBuild) {
      return;
    }
    this._check.abort();
    this._isSubmitting = true;
    this._changed.emit();
    const { _text: text, _lockfile: lockfile } = this;
    this._asked = text;
    try {
      const accepted = await this._store.submit(
        text,
        this.namespace,
        lockfile ?? undefined,
        this.target && this._basis.buildId
      );
      // What was written meanwhile is not built yet.
      this._basis.original = text;
      this._built = lockfile;
      this._isSubmitting = false;
      this._submitted.emit(accepted);
    } catch (reason) {
      const error = reason as EnvStoreError;
      if (error.status === 409 && this.target) {
        // Of what another has asked for, no event has come yet.
        const { namespace, name } = this.target;
        await this._store.environments.refetch(namespace, name);
      }
      this._check.problems = error.problems;
      this._check.error = this.conflict ? null : error;
    }
    this._asked = null;
    this._isSubmitting = false;
    this._emit();
  }

  /** Ask the server what it thinks of the text. */
  check(): Promise<void> {
    return this._check.now();
  }

  /** Show what a build of a text has failed for, for as long as the text is that. */
  recall(text: string, problems: readonly IProblem[]): void {
    this._check.failed = { text, problems };
    this._emit();
  }

  /** The channels that have a package, of those that the store knows. */
  channelsWith(name: string): Promise<readonly string[]> {
    return channelsWith(this._client, name);
  }

  /** A text as a lockfile, under the name of what is edited; null for a specification. */
  private _lockfileIn(text: string): DraftModel.ILockfile | null {
    const kind = lockfileKind(text);
    return kind === null
      ? null
      : {
          kind,
          name: this.target?.name ?? '',
          description: this._known(this.target)?.description ?? ''
        };
  }

  private _known(target: DraftModel.ITarget | null): IEnvironment | null {
    return (
      target && this._store.environments.get(target.namespace, target.name)
    );
  }

  /** Takes over what others have asked for, unless something was written meanwhile. */
  private _onEnvironments(): void {
    const isAway = this._store.environments.error?.kind === 'unreachable';
    if (isAway !== this._isAway) {
      this._isAway = isAway;
      if (!isAway && this.isOffline) {
        void this.check();
      }
      this._emit();
    }
    const environment = this._known(this.target);
    if (!environment?.latest_build) {
      return;
    }
    const { text, latest_build: latest } = environment;
    const newest = { buildId: latest.id, text };
    if (text === this._asked && latest.id > (this.baseId ?? 0)) {
      // The draft's own build, beside which one may write on.
      this._basis.settle(newest);
    }
    const next = this._basis.follow(newest, this._text, this.isDirty);
    if (next !== null) {
      if (next !== this._text) {
        this.take(next, true);
      }
      this._emit();
    }
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _client: DraftModel.IOptions['client'];
  private readonly _store: DraftModel.IOptions['store'];
  private readonly _check: DraftCheck;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _submitted = new Signal<this, EnvStore.IAccepted>(this);
  private readonly _basis: DraftBasis;
  private _text: string;
  private _lockfile: DraftModel.ILockfile | null;
  /** The lockfile that it began as, or was built of last. */
  private _built: DraftModel.ILockfile | null;
  private _namespace: string | null;
  private readonly _installed: PackagesOfOne;
  private _isSubmitting = false;
  /** The text of which a build is being asked for. */
  private _asked: string | null = null;
  private _isAway = false;
  private _isDisposed = false;
}

export namespace DraftModel {
  export type ITarget = IEnvironmentName;
  export type ILockfile = IDraftLockfile;
  export type IOptions = IDraftOptions;
}
