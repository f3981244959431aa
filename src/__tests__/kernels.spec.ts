import type { KernelSpec } from '@jupyterlab/services';
import type { IKernel } from '../api/types';
import { KernelSync } from '../model/kernels';
import { kernel } from './fixtures';

/** JupyterLab's kernels, of which each refresh gives the next state. */
class FakeKernelSpecs {
  constructor(...states: string[][]) {
    this._states = states;
  }

  refreshes = 0;
  specs: KernelSpec.ISpecModels | null = null;

  async refreshSpecs(): Promise<void> {
    const index = Math.min(this.refreshes, this._states.length - 1);
    this.refreshes += 1;
    const names = this._states[index] ?? [];
    this.specs = {
      default: 'python3',
      kernelspecs: Object.fromEntries(
        names.map(name => [
          name,
          {
            name,
            metadata: name.startsWith('envstore-') ? { envstore: {} } : {}
          } as unknown as KernelSpec.ISpecModel
        ])
      )
    };
  }

  private readonly _states: string[][];
}

const OURS = 'envstore-me-analysis-python3';

function syncOf(specs: FakeKernelSpecs, offered: IKernel[]): KernelSync {
  return new KernelSync({
    kernelspecs: specs,
    kernels: async () => offered,
    delays: [1, 1, 1]
  });
}

describe('KernelSync', () => {
  it('is content when the kernel came with the first refresh', async () => {
    const specs = new FakeKernelSpecs(['python3', OURS]);
    const sync = syncOf(specs, [kernel()]);
    expect(await sync.run()).toBe(true);
    expect(specs.refreshes).toBe(1);
    expect(sync.has(OURS)).toBe(true);
  });

  it('tries again when the refresh was too early', async () => {
    const specs = new FakeKernelSpecs(['python3'], ['python3'], [OURS]);
    expect(await syncOf(specs, [kernel()]).run()).toBe(true);
    expect(specs.refreshes).toBe(3);
  });

  it('waits for a kernel to go, and leaves those of others alone', async () => {
    const specs = new FakeKernelSpecs(['python3', OURS], ['python3']);
    expect(await syncOf(specs, []).run()).toBe(true);
    expect(specs.refreshes).toBe(2);
  });

  it('gives up after the last try', async () => {
    const specs = new FakeKernelSpecs(['python3']);
    expect(await syncOf(specs, [kernel()]).run()).toBe(false);
    expect(specs.refreshes).toBe(4);
  });

  it('survives a server that does not answer at first', async () => {
    const specs = new FakeKernelSpecs([OURS]);
    let tries = 0;
    const sync = new KernelSync({
      kernelspecs: specs,
      kernels: async () => {
        tries += 1;
        if (tries === 1) {
          throw new Error('restarting');
        }
        return [kernel()];
      },
      delays: [1]
    });
    expect(await sync.run()).toBe(true);
  });
});
