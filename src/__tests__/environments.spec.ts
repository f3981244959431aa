import { EnvStoreError } from '../api/errors';
import { EnvironmentList } from '../model/environments';
import {
  build,
  environment,
  namespace,
  FakeClient,
  progress,
  settled,
  storeEvent
} from './fixtures';

describe('EnvironmentList', () => {
  let client: FakeClient;
  let list: EnvironmentList;
  let changes: number;

  beforeEach(() => {
    jest.useFakeTimers();
    client = new FakeClient();
    client.items = [
      environment({ name: 'zeta' }),
      environment({ name: 'alpha' }),
      environment({ name: 'shared', namespace: namespace('a-team') })
    ];
    list = new EnvironmentList({ client });
    changes = 0;
    list.changed.connect(() => (changes += 1));
  });

  afterEach(() => {
    list.dispose();
    jest.useRealTimers();
  });

  it('groups environments by namespace, in order', async () => {
    expect(list.status).toBe('loading');
    await list.refresh();
    expect(list.status).toBe('ready');
    expect(
      list.groups.map(group => [
        group.namespace,
        group.environments.map(({ name }) => name)
      ])
    ).toEqual([
      ['a-team', ['shared']],
      ['me', ['alpha', 'zeta']]
    ]);
  });

  it('keeps what it knew when the server fails, and recovers', async () => {
    await list.refresh();
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'no' });
    await list.refresh();
    expect(list.status).toBe('error');
    expect(list.error?.message).toBe('no');
    expect(list.environments).toHaveLength(3);
    client.failure = null;
    await list.refresh();
    expect(list.status).toBe('ready');
    expect(list.error).toBeNull();
  });

  it('reads one environment again', async () => {
    await list.refresh();
    client.items = [environment({ name: 'alpha', description: 'new' })];
    await list.refetch('me', 'alpha');
    expect(list.get('me', 'alpha')?.description).toBe('new');
    expect(list.get('me', 'zeta')).not.toBeNull();
  });

  it('reads the list where many have changed together', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
    client.items = names.map(name => environment({ name }));
    await list.refresh();
    client.items = names.map(name => environment({ name, description: 'new' }));
    const one = jest.spyOn(client, 'environment');
    const all = jest.spyOn(client, 'environments');
    await Promise.all(names.map(name => list.refetch('me', name)));
    expect(one.mock.calls.length).toBeLessThanOrEqual(10);
    expect(all.mock.calls.length).toBeLessThanOrEqual(2);
    for (const name of names) {
      expect(list.get('me', name)?.description).toBe('new');
    }
    // Afterwards, one is read alone again.
    one.mockClear();
    all.mockClear();
    await list.refetch('me', 'many-99');
    expect(one).toHaveBeenCalledTimes(1);
    expect(all).not.toHaveBeenCalled();
  });

  it('removes an environment that the server has no longer', async () => {
    await list.refresh();
    client.items = [];
    await list.refetch('me', 'alpha');
    expect(list.get('me', 'alpha')).toBeNull();
  });

  it('keeps an environment whose request failed for another reason', async () => {
    await list.refresh();
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'no' });
    await list.refetch('me', 'alpha');
    expect(list.get('me', 'alpha')).not.toBeNull();
  });

  it('prefers what was asked for later to what arrived later', async () => {
    await list.refresh();
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => (release = resolve));
    const answer = client.environments.bind(client);
    client.environments = async () => {
      const items = await answer();
      await gate;
      return items;
    };
    const refreshed = list.refresh();
    await settled();
    client.items = [environment({ name: 'alpha', description: 'younger' })];
    await list.refetch('me', 'alpha');
    release();
    await refreshed;
    expect(list.get('me', 'alpha')?.description).toBe('younger');
  });

  it('shows progress at once and announces it a few times a second', async () => {
    client.items = [
      environment({ latest_build: build({ id: 3, status: 'BUILDING' }) })
    ];
    await list.refresh();
    changes = 0;
    for (let done = 0; done < 100; done++) {
      list.applyProgress(
        storeEvent({
          seq: null,
          kind: 'progress',
          build_id: 3,
          phase: 'DOWNLOADING',
          progress: progress({ packages_done: done })
        })
      );
      await jest.advanceTimersByTimeAsync(10);
    }
    const shown = list.get('me', 'analysis')?.latest_build?.progress;
    expect(shown?.packages_done).toBe(99);
    expect(changes).toBeGreaterThanOrEqual(2);
    expect(changes).toBeLessThanOrEqual(5);
  });

  it('does not let late progress revive a build that has ended', async () => {
    await list.refresh();
    list.applyProgress(
      storeEvent({
        environment: 'alpha',
        kind: 'progress',
        progress: progress()
      })
    );
    expect(list.get('me', 'alpha')?.latest_build?.progress).toBeNull();
    expect(list.isBusy).toBe(false);
  });
});
