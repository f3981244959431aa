import { EnvStoreError } from '../api/errors';
import { DraftModel } from '../model/draft';
import type { EnvStore } from '../model/store';
import { FakeClient, problem, settled } from './fixtures';

describe('DraftModel', () => {
  let client: FakeClient;
  let submit: jest.Mock<Promise<EnvStore.IAccepted>, [string, string | null]>;
  let draft: DraftModel;

  beforeEach(async () => {
    jest.useFakeTimers();
    client = new FakeClient();
    submit = jest.fn();
    submit.mockResolvedValue({ buildId: 1, namespace: 'me', name: 'analysis' });
    draft = new DraftModel({
      client,
      store: {
        submit,
        loaded: Promise.resolve(),
        writableNamespaces: ['me', 'team']
      },
      text: 'one',
      namespace: 'me'
    });
    await settled();
    client.calls.length = 0;
  });

  afterEach(() => {
    draft.dispose();
    jest.useRealTimers();
  });

  it('checks what was written last, once, after a pause', async () => {
    draft.setText('two');
    await jest.advanceTimersByTimeAsync(200);
    draft.setText('three');
    await jest.advanceTimersByTimeAsync(299);
    expect(client.calls).toEqual([]);
    expect(draft.isChecking).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(client.calls).toEqual(['check three']);
    expect(draft.isChecking).toBe(false);
  });

  it('shows the problems and the name that the server finds', async () => {
    client.verdict = {
      name: 'other',
      problems: [problem({ line: 2 })],
      warnings: [problem({ line: 3 })]
    };
    draft.setText('two');
    await jest.advanceTimersByTimeAsync(300);
    expect(draft.name).toBe('other');
    expect(draft.problems).toHaveLength(1);
    expect(draft.warnings).toHaveLength(1);
  });

  it('gives up a check whose text has changed', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    let answer = (): void => undefined;
    const late = new Promise<void>(resolve => (answer = resolve));
    client.check = async (
      text: string,
      _?: string | null,
      options?: { signal?: AbortSignal }
    ) => {
      signals.push(options?.signal);
      if (text === 'two') {
        await late;
      }
      return { name: text, problems: [], warnings: [] };
    };
    draft.setText('two');
    await jest.advanceTimersByTimeAsync(300);
    draft.setText('three');
    await jest.advanceTimersByTimeAsync(300);
    expect(signals[0]?.aborted).toBe(true);
    answer();
    await settled();
    expect(draft.name).toBe('three');
  });

  it('tells who listens that a build was accepted', async () => {
    const accepted: EnvStore.IAccepted[] = [];
    draft.submitted.connect((_, value) => accepted.push(value));
    draft.setText('two');
    await draft.submit();
    expect(submit).toHaveBeenCalledWith('two', 'me');
    expect(accepted).toEqual([
      { buildId: 1, namespace: 'me', name: 'analysis' }
    ]);
    expect(draft.isDirty).toBe(false);
  });

  it('shows what the server objects to, and stays open for another try', async () => {
    submit.mockRejectedValueOnce(
      new EnvStoreError({
        kind: 'refused',
        status: 422,
        message: 'no',
        problems: [problem({ line: 4 })]
      })
    );
    await draft.submit();
    expect(draft.problems[0]?.line).toBe(4);
    expect(draft.error?.message).toBe('no');
    expect(draft.isSubmitting).toBe(false);
    await draft.submit();
    expect(submit).toHaveBeenCalledTimes(2);
  });

  it('does not submit twice at a time', async () => {
    await Promise.all([draft.submit(), draft.submit()]);
    expect(submit).toHaveBeenCalledTimes(1);
  });
});
