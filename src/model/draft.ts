import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import type { EnvStoreError } from '../api/errors';
import type { IProblem } from '../api/types';
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
    this.target = options.target ?? null;
    this._debouncer = new Debouncer(() => this._check(), CHECK_DELAY);
    void this._check();
    // The namespaces to choose from are known then.
    void this._store.loaded.then(() => this._emit());
  }

  /** The environment that is edited; null when a new one is written. */
  readonly target: DraftModel.ITarget | null;

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

  /** Null until one was chosen and while none is known. */
  get namespace(): string | null {
    return this._namespace ?? this.namespaces[0] ?? null;
  }

  /** The namespaces to choose from, the user's own first. */
  get namespaces(): readonly string[] {
    const known = this._store.writableNamespaces;
    const chosen = this._namespace;
    return chosen === null || known.includes(chosen)
      ? known
      : [chosen, ...known];
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
    return this._text !== this._original;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._request?.abort();
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  setText(text: string): void {
    if (text !== this._text) {
      this._text = text;
      this._checkSoon();
    }
  }

  setNamespace(namespace: string): void {
    if (namespace !== this.namespace) {
      this._namespace = namespace;
      this._checkSoon();
    }
  }

  /** Ask for a build; what the server objects to is in `problems` and `error`. */
  async submit(): Promise<void> {
    if (this._isSubmitting) {
      return;
    }
    this._request?.abort();
    this._isSubmitting = true;
    this._changed.emit();
    try {
      const accepted = await this._store.submit(this._text, this.namespace);
      this._original = this._text;
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

  private _checkSoon(): void {
    this._request?.abort();
    this._isChecking = true;
    this._changed.emit();
    // A debouncer rejects the calls that it drops.
    this._debouncer.invoke().catch(() => undefined);
  }

  private async _check(): Promise<void> {
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
  private _namespace: string | null;
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

  export interface IOptions {
    client: Pick<EnvStoreClient, 'check'>;
    store: Pick<EnvStore, 'submit' | 'loaded' | 'writableNamespaces'>;
    text: string;
    /** Null chooses the user's own. */
    namespace: string | null;
    target?: ITarget;
    /** Whether the text was changed already, in an earlier session. */
    isChanged?: boolean;
  }
}
