import { EnvStoreError } from '../api/errors';
import type { FollowedBuilds } from '../model/followed';
import { EnvStore } from '../model/store';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  namespace,
  settled,
  storeEvent
} from './fixtures';

describe('EnvStore', () => {
  let client: FakeClient;
  let stream: FakeStream;
  let store: EnvStore;
  let ended: FollowedBuilds.IEnded[];
  let kernelChanges: number;

  beforeEach(async () => {
    jest.useFakeTimers();
    client = new FakeClient();
    client.items = [environment()];
    client.stored = [build()];
    stream = new FakeStream();
    client.bus = stream;
    store = new EnvStore({ client, stream });
    ended = [];
    kernelChanges = 0;
    store.followed.ended.connect((_, value) => ended.push(value));
    store.kernelsChanged.connect(() => (kernelChanges += 1));
    await store.load();
    client.calls.length = 0;
  });

  afterEach(() => {
    store.dispose();
    jest.useRealTimers();
  });

  it('reads an environment again when an event tells of it', async () => {
    client.items = [environment({ description: 'changed' })];
    stream.tell({ seq: 1, kind: 'environment' });
    await settled();
    expect(client.calls).toEqual(['environment me/analysis']);
    expect(store.environments.get('me', 'analysis')?.description).toBe(
      'changed'
    );
  });

  it('allows no change of what another store shares, whatever the role', async () => {
    const reason = 'It is part of another store.';
    const shared = { ...namespace('team:default'), read_only: true, reason };
    client.items = [environment(), environment({ namespace: shared })];
    await store.resync();
    expect(store.allows('environment::update', 'me', 'analysis')).toBe(true);
    expect(
      store.allows('environment::update', 'team:default', 'analysis')
    ).toBe(false);
    expect(store.writableNamespaces).toEqual(['me']);
    expect(store.environments.readOnlyReason('team:default')).toBe(reason);
  });

  it('reads again what one may do when roles were changed', async () => {
    expect(store.allows('environment::update', 'me')).toBe(true);
    let told = 0;
    store.environments.changed.connect(() => (told += 1));
    client.held = { ...client.held, entity_permissions: {} };
    stream.tell({
      seq: 1,
      kind: 'environment',
      namespace: null,
      environment: null
    });
    await settled();
    expect(client.count('permission')).toBe(1);
    expect(store.allows('environment::update', 'me')).toBe(false);
    expect(told).toBeGreaterThan(0);
  });

  it('tells of the end of a build that was asked for here, once', async () => {
    const { buildId } = await store.submit('name: analysis', 'me');
    const end = { kind: 'build', build_id: buildId, status: 'FAILED' } as const;
    stream.tell({ seq: 1, ...end });
    stream.tell({ seq: 2, ...end });
    expect(ended).toEqual([
      { buildId, namespace: 'me', name: 'analysis', status: 'FAILED' }
    ]);
  });

  it('says nothing about the builds of others', () => {
    stream.tell({ seq: 1, build_id: 99, status: 'COMPLETED' });
    expect(ended).toEqual([]);
  });

  it('tells of a build that ended before it was followed', async () => {
    client.submit = async () => {
      client.stored.push(build({ id: 2, status: 'COMPLETED' }));
      return { build_id: 2, warnings: [] };
    };
    await store.submit('name: analysis', 'me');
    await settled();
    expect(ended.map(({ buildId }) => buildId)).toEqual([2]);
  });

  it('passes on that kernels have changed', () => {
    stream.tell({ seq: 1, kind: 'kernels' });
    expect(kernelChanges).toBe(1);
  });

  it('notices new kernels without their event', async () => {
    client.items = [environment({ kernels: [kernel()] })];
    await store.environments.refresh();
    expect(kernelChanges).toBe(1);
    await store.environments.refresh();
    expect(kernelChanges).toBe(1);
  });

  it('asks nothing while nothing happens', async () => {
    await jest.advanceTimersByTimeAsync(600_000);
    expect(client.calls).toEqual([]);
  });

  it('asks on where events do not come through, and hears of the changes of others', async () => {
    client.bus = null;
    await store.resume();
    client.items = [environment(), environment({ name: 'new' })];
    client.journal = [storeEvent({ kind: 'environment', environment: 'new' })];
    await jest.advanceTimersByTimeAsync(5000);
    expect(store.environments.get('me', 'new')).not.toBeNull();
    expect(client.count('environments')).toBe(0);
  });

  it('follows a build to its end where events do not come through', async () => {
    client.bus = null;
    const running = build({ id: 2, status: 'BUILDING' });
    client.items = [environment({ latest_build: running })];
    client.stored.push(running);
    const { buildId } = await store.rebuild(1);
    await jest.advanceTimersByTimeAsync(5000);
    expect(client.count('events')).toBe(1);
    client.items = [
      environment({ latest_build: { ...running, phase: 'LINKING' } })
    ];
    await jest.advanceTimersByTimeAsync(2500);
    expect(store.environments.get('me', 'analysis')?.latest_build.phase).toBe(
      'LINKING'
    );
    client.items = [environment()];
    client.stored = client.stored.map(item =>
      build({ ...item, status: 'COMPLETED' })
    );
    client.bus = stream;
    await jest.advanceTimersByTimeAsync(2500);
    expect(ended.map(({ buildId: id }) => id)).toEqual([buildId]);
    expect(store.environments.isBusy).toBe(false);
    client.calls.length = 0;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(client.calls).toEqual([]);
  });

  it('asks how far a build is where the server tells nobody', async () => {
    const running = build({ id: 2, status: 'BUILDING' });
    client.items = [environment({ latest_build: running })];
    await store.environments.refresh();
    client.items = [
      environment({ latest_build: { ...running, phase: 'LINKING' } })
    ];
    await jest.advanceTimersByTimeAsync(5000);
    expect(store.environments.get('me', 'analysis')?.latest_build.phase).toBe(
      'LINKING'
    );
  });

  it('tells when it knows what the user may do, and asks again if it did not', async () => {
    const held = client.held;
    client.held = { ...held, entity_permissions: {} };
    let told = 0;
    store.environments.changed.connect(() => {
      told += Number(!store.allows('environment::update', 'me', 'analysis'));
    });
    await store.resync();
    expect(told).toBeGreaterThan(0);
  });

  it('reads everything again when events were lost', async () => {
    stream.tell({ seq: 7 });
    await settled();
    expect(client.count('environments')).toBe(1);
    expect(kernelChanges).toBe(1);
  });

  it('reads everything again when the server is back', async () => {
    stream.tell({ seq: 1 });
    await settled();
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'no' });
    await store.resync();
    expect(store.environments.status).toBe('error');
    client.failure = null;
    await store.resume();
    expect(store.environments.status).toBe('ready');
  });

  it('takes an event as a sign that the server is back', async () => {
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'no' });
    await store.resync();
    client.failure = null;
    stream.tell({ seq: 1 });
    await settled();
    expect(store.environments.status).toBe('ready');
  });

  it('shows a switch at once, and tells open documents', async () => {
    let stale = 0;
    store.stale.connect(() => (stale += 1));
    await store.switchTo('me', 'analysis', 1);
    expect(client.calls).toEqual([
      'switchTo me/analysis 1',
      'environment me/analysis'
    ]);
    expect(stale).toBe(1);
  });
});

describe('EnvironmentModel', () => {
  let client: FakeClient;
  let stream: FakeStream;
  let store: EnvStore;

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment()];
    client.stored = [build({ id: 1 }), build({ id: 2 })];
    stream = new FakeStream();
    store = new EnvStore({ client, stream });
    await store.load();
  });

  afterEach(() => store.dispose());

  it('shows the youngest build, and the next one when it comes', async () => {
    const model = await store.open('me', 'analysis');
    await settled();
    expect(model.selected?.id).toBe(2);
    client.stored.push(build({ id: 3, status: 'QUEUED' }));
    stream.tell({ seq: 1, build_id: 3, status: 'QUEUED' });
    await settled();
    expect(model.builds.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(model.selected?.id).toBe(3);
    model.dispose();
  });

  it('stays with a build that was chosen, until it is deleted', async () => {
    const model = await store.open('me', 'analysis');
    await settled();
    model.select(1);
    client.stored.push(build({ id: 3 }));
    stream.tell({ seq: 1, build_id: 3 });
    await settled();
    expect(model.selected?.id).toBe(1);
    client.stored.shift();
    stream.tell({ seq: 2, build_id: 1 });
    await settled();
    expect(model.selected?.id).toBe(3);
    model.dispose();
  });

  it('stays with a build that is older than those that were read', async () => {
    const whole = client.builds.bind(client);
    client.builds = async () => ({
      ...(await whole()),
      data: [build({ id: 2 })],
      count: 2
    });
    const model = await store.open('me', 'analysis');
    await settled();
    model.select(1);
    await model.refresh();
    expect(model.selected?.id).toBe(1);
    model.dispose();
  });

  it('is gone only when the list was read, and does not have it', async () => {
    const unread = new EnvStore({ client, stream });
    const model = await unread.open('me', 'analysis');
    await settled();
    expect(model.isGone).toBe(false);
    await unread.load();
    expect(model.isGone).toBe(false);
    client.items = [];
    await unread.environments.refresh();
    expect(model.isGone).toBe(true);
    model.dispose();
    unread.dispose();
  });

  it('does not mind the events of other environments', async () => {
    const model = await store.open('me', 'analysis');
    await settled();
    client.calls.length = 0;
    stream.tell({ seq: 1, environment: 'other' });
    await settled();
    expect(client.count('builds')).toBe(0);
    model.dispose();
  });

  it('reads its builds again when events were lost', async () => {
    const model = await store.open('me', 'analysis');
    await settled();
    client.calls.length = 0;
    await store.resync();
    await settled();
    expect(client.count('builds')).toBe(1);
    model.dispose();
  });
});
