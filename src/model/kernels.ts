import type { KernelSpec } from '@jupyterlab/services';
import type { IKernel } from '../api/types';

/** The key that the store writes into the metadata of its kernels. */
const METADATA_KEY = 'envstore';

/**
 * Makes JupyterLab know the store's kernels, and checks that it does.
 *
 * `refreshSpecs()` may answer from a request that was under way before the
 * kernel was there, so the result is compared with what the store offers.
 */
export class KernelSync {
  constructor(options: KernelSync.IOptions) {
    this._kernelspecs = options.kernelspecs;
    this._kernels = options.kernels;
    this._delays = options.delays ?? [300, 1000, 3000];
  }

  /** Whether JupyterLab's kernels became those of the store, after a few tries. */
  async run(): Promise<boolean> {
    for (const delay of [0, ...this._delays]) {
      await new Promise(resolve => setTimeout(resolve, delay));
      try {
        const offered = await this._kernels();
        await this._kernelspecs.refreshSpecs();
        if (this._agrees(offered)) {
          return true;
        }
      } catch {
        // A server that is restarting may answer the next try.
      }
    }
    return false;
  }

  has(name: string): boolean {
    return name in (this._kernelspecs.specs?.kernelspecs ?? {});
  }

  private _agrees(offered: readonly IKernel[]): boolean {
    const names = new Set(offered.map(({ name }) => name));
    const known = this._kernelspecs.specs?.kernelspecs ?? {};
    const ours = Object.keys(known).filter(
      name => known[name]?.metadata?.[METADATA_KEY] !== undefined
    );
    return (
      [...names].every(name => this.has(name)) &&
      ours.every(name => names.has(name))
    );
  }

  private readonly _kernelspecs: KernelSync.IOptions['kernelspecs'];
  private readonly _kernels: () => Promise<IKernel[]>;
  private readonly _delays: readonly number[];
}

export namespace KernelSync {
  export interface IOptions {
    kernelspecs: Pick<KernelSpec.IManager, 'specs' | 'refreshSpecs'>;
    /** The kernels that the store offers now. */
    kernels: () => Promise<IKernel[]>;
    /** Milliseconds to wait before each further try. */
    delays?: readonly number[];
  }
}
