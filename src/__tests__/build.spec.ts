import type { IBuildEvent } from '../api/types';
import { BuildModel } from '../model/build';
import { phaseSpans } from '../model/timeline';
import { build, FakeClient, progress, settled, storeEvent } from './fixtures';

function told(changes: Partial<IBuildEvent>): IBuildEvent {
  return { seq: 0, at: 1000, type: 'phase', ...changes };
}

const STARTED = told({ type: 'started' });
const SOLVING = told({ at: 1000.5, phase: 'SOLVING' });
const LINKING = told({ at: 1002.5, phase: 'LINKING' });
const FINISHED = told({ at: 1004, type: 'finished' });

describe('phaseSpans', () => {
  it('ends each phase where the next begins', () => {
    expect(phaseSpans([STARTED, SOLVING, LINKING])).toEqual([
      { phase: 'SOLVING', seconds: 2 },
      { phase: 'LINKING', seconds: null }
    ]);
  });

  it('ends the last phase with the build', () => {
    expect(phaseSpans([STARTED, SOLVING, LINKING, FINISHED])[1]).toEqual({
      phase: 'LINKING',
      seconds: 1.5
    });
  });

  it('forgets an attempt that was interrupted', () => {
    expect(phaseSpans([STARTED, SOLVING, LINKING, STARTED, SOLVING])).toEqual([
      { phase: 'SOLVING', seconds: null }
    ]);
  });
});

describe('BuildModel', () => {
  let client: FakeClient;
  let model: BuildModel;

  beforeEach(() => {
    client = new FakeClient();
    client.stored = [build({ status: 'BUILDING', phase: 'SOLVING' })];
    client.told = [STARTED, SOLVING];
    model = new BuildModel({ client, id: 1 });
  });

  afterEach(() => model.dispose());

  it('reads the build and its phases', async () => {
    await model.refresh();
    expect(model.build?.name).toBe('analysis');
    expect(model.spans.map(({ phase }) => phase)).toEqual(['SOLVING']);
  });

  it('reads only the events that it does not have', async () => {
    await model.refresh();
    client.told.push(LINKING);
    await model.refresh();
    expect(client.calls).toContain('buildEvents 1 2');
    expect(model.spans).toHaveLength(2);
  });

  it('asks the server about a new phase, and not about mere progress', async () => {
    await model.refresh();
    client.calls.length = 0;
    const event = { kind: 'progress', seq: null } as const;
    model.applyProgress(
      storeEvent({ ...event, phase: 'SOLVING', progress: progress() })
    );
    await settled();
    expect(client.calls).toEqual([]);
    expect(model.build?.progress?.packages_done).toBe(3);
    client.told.push(LINKING);
    model.applyProgress(storeEvent({ ...event, phase: 'LINKING' }));
    await settled();
    expect(client.count('build 1')).toBe(1);
    expect(model.spans).toHaveLength(2);
  });

  it('knows since when a phase runs, also where it began before', async () => {
    const began = Math.floor(Date.now() / 1000) - 600;
    client.told = [STARTED, told({ at: began, phase: 'SOLVING' })];
    await model.refresh();
    expect(model.phaseSince).toBe(began * 1000);
    client.told.push(told({ at: began + 6000, phase: 'LINKING' }));
    await model.refresh();
    expect(model.phaseSince).toBeLessThanOrEqual(Date.now());
  });

  it('tells why it cannot be read', async () => {
    client.stored = [];
    await model.refresh();
    expect(model.build).toBeNull();
    expect(model.error?.status).toBe(404);
  });
});
