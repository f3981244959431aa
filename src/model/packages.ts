import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IPackage, IPage } from '../api/types';

/** The packages of a finished build, which never change. */
export class PackagesModel implements IDisposable {
  constructor(options: { client: PackagesModel.Client; buildId: number }) {
    this._client = options.client;
    this.buildId = options.buildId;
  }

  readonly buildId: number;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until they were read. */
  get packages(): readonly IPackage[] | null {
    return this._packages;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** Read them, unless they are there; after a failure, those that are missing. */
  async load(): Promise<void> {
    if (this._packages !== null || this._isLoading) {
      return;
    }
    this._isLoading = true;
    this._error = null;
    try {
      const first = await this._page(1);
      const pages = Math.ceil(first.count / Math.max(first.size, 1));
      const others = await Promise.all(
        Array.from({ length: Math.max(pages - 1, 0) }, (_, index) =>
          this._page(index + 2)
        )
      );
      this._packages = [first, ...others].flatMap(({ data }) => data);
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    this._isLoading = false;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private async _page(page: number): Promise<IPage<IPackage>> {
    return (this._pages[page] ??= await this._client.packages(this.buildId, {
      page
    }));
  }

  private readonly _client: PackagesModel.Client;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _pages: IPage<IPackage>[] = [];
  private _packages: readonly IPackage[] | null = null;
  private _error: EnvStoreError | null = null;
  private _isLoading = false;
  private _isDisposed = false;
}

export namespace PackagesModel {
  export type Client = Pick<DetailClient, 'packages'>;
}

/** The packages of one build at a time: of another, when that is asked for. */
export class PackagesOfOne {
  constructor(private readonly _client: PackagesModel.Client) {}

  of(buildId: number | undefined): PackagesModel | null {
    if (buildId !== undefined && this._model?.buildId !== buildId) {
      this._model?.dispose();
      this._model = new PackagesModel({ client: this._client, buildId });
    }
    return this._model;
  }

  dispose(): void {
    this._model?.dispose();
  }

  private _model: PackagesModel | null = null;
}
