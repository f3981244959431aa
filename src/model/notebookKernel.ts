import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IRunningKernel } from '../api/types';
import { Coalesced } from './coalesce';
import type { EnvStore } from './store';

/** How the names of all kernels of the store begin. */
const PREFIX = 'envstore-';

/**
 * The build that the kernel of a notebook runs, and the one that is current.
 *
 * A kernel keeps its build, also when it is restarted, so that its kernelspec does not tell which
 * it is: the server does.
 */
export class NotebookKernel implements IDisposable {
  constructor(options: NotebookKernel.IOptions) {
    this._context = options.context;
    this._store = options.store;
    this._refresh = new Coalesced(() => this._load());
    this._context.kernelChanged.connect(this._onKernel, this);
    this._store.environments.changed.connect(this._onList, this);
    this._onKernel();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null while nobody knows, and for a kernel that is none of the store's. */
  get running(): IRunningKernel | null {
    return this._running;
  }

  /** The build that the kernel would have if it were started now; null if it has that one. */
  get newBuild(): number | null {
    const running = this._running;
    const environment =
      running &&
      this._store.environments.get(running.namespace, running.environment);
    const current = environment?.published_build?.id ?? null;
    const isPinned = environment?.kernels.some(
      ({ name, pinned }) => pinned && name === running?.name
    );
    return isPinned || current === running?.build_id ? null : current;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._context.kernelChanged.disconnect(this._onKernel, this);
    this._store.environments.changed.disconnect(this._onList, this);
    Signal.clearData(this);
  }

  private _onKernel(): void {
    if (this._context.session?.kernel?.id !== this._running?.kernel_id) {
      this._running = null;
      this._changed.emit();
    }
    void this._refresh.call();
  }

  private _onList(): void {
    const { updatedOn } = this._store.environments;
    if (this._failedAt !== undefined && this._failedAt !== updatedOn) {
      void this._refresh.call();
    }
    const shown = this.newBuild;
    if (shown !== this._shown) {
      this._shown = shown;
      this._changed.emit();
    }
  }

  private async _load(): Promise<void> {
    const kernel = this._context.session?.kernel;
    if (!kernel?.name.startsWith(PREFIX)) {
      return;
    }
    const { updatedOn } = this._store.environments;
    const all = await this._store.runningKernels().catch(() => null);
    this._failedAt = all ? undefined : updatedOn;
    if (all && !this._isDisposed && this._context.session?.kernel === kernel) {
      this._running = all.find(item => item.kernel_id === kernel.id) ?? null;
      this._shown = this.newBuild;
      this._changed.emit();
    }
  }

  private readonly _context: NotebookKernel.IContext;
  private readonly _store: NotebookKernel.IOptions['store'];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _refresh: Coalesced;
  private _running: IRunningKernel | null = null;
  private _shown: number | null = null;
  /** As old as the list of environments was when the server did not tell; undefined if it told. */
  private _failedAt: Date | null | undefined;
  private _isDisposed = false;
}

export namespace NotebookKernel {
  /** The part of a session's context that matters here. */
  export interface IContext {
    readonly session: {
      readonly kernel: { readonly id: string; readonly name: string } | null;
    } | null;
    readonly kernelChanged: ISignal<unknown, unknown>;
  }

  export interface IOptions {
    context: IContext;
    store: Pick<EnvStore, 'environments' | 'runningKernels'>;
  }
}
