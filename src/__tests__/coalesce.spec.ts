import { PromiseDelegate } from '@lumino/coreutils';
import { Coalesced } from '../model/coalesce';
import { settled } from './fixtures';

describe('Coalesced', () => {
  it('answers all calls made during a run by one more run', async () => {
    const runs: PromiseDelegate<void>[] = [];
    const coalesced = new Coalesced(() => {
      const run = new PromiseDelegate<void>();
      runs.push(run);
      return run.promise;
    });
    const first = coalesced.call();
    const others = [coalesced.call(), coalesced.call(), coalesced.call()];
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await first;
    await settled();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await Promise.all(others);
    expect(runs).toHaveLength(2);
  });

  it('runs again after a run that failed', async () => {
    let count = 0;
    const coalesced = new Coalesced(async () => {
      count += 1;
      if (count === 1) {
        throw new Error('once');
      }
    });
    const first = coalesced.call();
    const second = coalesced.call();
    await expect(first).rejects.toThrow('once');
    await second;
    expect(count).toBe(2);
  });
});
