import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { IEnvironment, IProblem } from '../api/types';
import { isSame } from '../spec/changes';
import type { ISpecProblem } from '../spec/document';
import { SpecDocument } from '../spec/document';
import { DraftCheck } from './draftCheck';
import type { EnvStore } from './store';

const NOTHING: EnvironmentFile.IFound = { problems: [], warnings: [] };

/** A file that describes an environment, beside what the store has of that name. */
export class EnvironmentFile {
  constructor(options: EnvironmentFile.IOptions) {
    this._store = options.store;
    this._check = new DraftCheck({
      client: options.client,
      subject: () => ({
        text: this.text,
        namespace: (this.mayWrite && this.environment?.namespace.name) || null
      }),
      changed: () => this._onChecked()
    });
    this._store.environments.changed.connect(this._onList, this);
  }

  /** What to underline: the same object for as long as nothing new is known. */
  found = NOTHING;
  /** The environment that the file names; null when there is none that the user could mean. */
  environment: IEnvironment | null = null;
  /** Whether its newest build was asked for with what the file says. */
  isBuilt = false;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether it is known which environments there are. */
  get isKnown(): boolean {
    return this._store.environments.updatedOn !== null;
  }

  get text(): string {
    return this._spec.text;
  }

  /** What keeps the file from being read, which is all that is found then. */
  get unreadable(): readonly ISpecProblem[] {
    return this._spec.problems;
  }

  /** Whether the user may build the environment. */
  get mayWrite(): boolean {
    return this.environment !== null && this._mayBuild(this.environment);
  }

  dispose(): void {
    this._check.dispose();
    Signal.clearData(this);
  }

  /** Take what the file says now. The server is asked about what is seen, and once about the same. */
  read(text: string, isSeen: boolean): void {
    const spec = new SpecDocument(text);
    if (!spec.isReadable || !this._spec.isReadable) {
      // What cannot be read is known at once, and the server can say no more of it.
      this.found = { ...NOTHING, problems: spec.problems };
      this._checked = null;
    }
    this._spec = spec;
    this._compare(this._find());
    this._check.abort();
    if (isSeen && spec.isReadable && text !== this._checked) {
      this._check.soon();
    }
  }

  /**
   * Of several with the name, the one that the user would build; those of others only for somebody
   * who builds nowhere.
   */
  private _find(): IEnvironment | null {
    const { environments, writableNamespaces } = this._store;
    const { text: name } = this._spec.name;
    const named = environments.environments.filter(item => item.name === name);
    return (
      writableNamespaces
        .map(namespace => environments.get(namespace, name))
        .find(item => item !== null) ??
      named.find(item => this._mayBuild(item)) ??
      (writableNamespaces.length ? null : named[0]) ??
      null
    );
  }

  private _mayBuild({ name, namespace }: IEnvironment): boolean {
    return this._store.allows('environment:create', namespace.name, name);
  }

  private _compare(environment: IEnvironment | null): void {
    this.environment = environment;
    this.isBuilt =
      environment !== null &&
      isEquivalent(this._spec, new SpecDocument(environment.text));
    this._changed.emit();
  }

  private _onList(): void {
    const environment = this._find();
    // Most of what the list tells is about others.
    if (environment !== this.environment) {
      this._compare(environment);
    } else {
      this._changed.emit();
    }
  }

  private _onChecked(): void {
    const { isRunning, error, problems, warnings } = this._check;
    if (!isRunning) {
      // Who could not be asked has found nothing wrong.
      this.found = error ? NOTHING : { problems, warnings };
      this._checked = error ? null : this.text;
      this._changed.emit();
    }
  }

  private readonly _store: EnvironmentFile.IOptions['store'];
  private readonly _check: DraftCheck;
  private readonly _changed = new Signal<this, void>(this);
  private _spec = new SpecDocument('');
  /** What the server has been asked about. */
  private _checked: string | null = null;
}

export namespace EnvironmentFile {
  export interface IFound {
    readonly problems: readonly IProblem[];
    readonly warnings: readonly IProblem[];
  }

  export interface IOptions {
    client: Pick<DetailClient, 'check'>;
    store: Pick<EnvStore, 'allows' | 'environments' | 'writableNamespaces'>;
  }
}

/** Whether builds would be made of the same: what else is written is for people. */
function isEquivalent(one: SpecDocument, other: SpecDocument): boolean {
  try {
    const [mine, built] = [one, other].map(spec => {
      const { channels, dependencies, variables } = spec.toValue();
      return [channels ?? null, dependencies ?? null, variables ?? null];
    });
    return (
      one.isReadable &&
      other.isReadable &&
      // Either may have a variable as the number that it is for the other.
      (isSame(mine, built) || isSame(built, mine))
    );
  } catch {
    // Aliases that would multiply the text.
    return false;
  }
}
