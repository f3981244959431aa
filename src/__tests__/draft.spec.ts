import { EnvStoreError } from '../api/errors';
import { DraftModel } from '../model/draft';
import { EnvStore } from '../model/store';
import {
  build,
  converted,
  environment,
  FakeClient,
  FakeStream,
  foundPackage,
  problem,
  settled,
  solution
} from './fixtures';

describe('DraftModel', () => {
  let client: FakeClient;
  let store: EnvStore;
  let submit: jest.SpyInstance<
    Promise<EnvStore.IAccepted>,
    Parameters<EnvStore['submit']>
  >;
  let draft: DraftModel;

  beforeEach(async () => {
    jest.useFakeTimers();
    client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    submit = jest.spyOn(store, 'submit');
    submit.mockResolvedValue({ buildId: 1, namespace: 'me', name: 'analysis' });
    draft = new DraftModel({ client, store, text: 'one', namespace: 'me' });
    await settled();
    client.calls.length = 0;
  });

  afterEach(() => {
    draft.dispose();
    store.dispose();
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
    expect(submit).toHaveBeenCalledWith('two', 'me', undefined, null);
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

  it('says where the user may build, and why not elsewhere', async () => {
    client.held = {
      ...client.held,
      entity_permissions: { 'me/*': ['environment:create'] }
    };
    const shared = {
      ...environment().namespace,
      name: 'shared',
      read_only: true,
      reason: 'It is part of another store.'
    };
    const team = { ...environment().namespace, name: 'team' };
    client.items = [
      environment(),
      environment({ namespace: shared }),
      environment({ namespace: team })
    ];
    await store.load();
    expect(draft.namespaces).toEqual([
      { name: 'me', isAllowed: true, reason: null },
      { name: 'shared', isAllowed: false, reason: shared.reason },
      { name: 'team', isAllowed: false, reason: null }
    ]);
    expect(draft.canBuild).toBe(true);
    draft.setNamespace('team');
    expect(draft.isAllowed).toBe(false);
    expect(draft.canBuild).toBe(false);
    await draft.submit();
    expect(submit).not.toHaveBeenCalled();
  });

  it('stays, and cannot be built, while the server is away', async () => {
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'The server did not answer.'
    });
    draft.setText('two');
    await jest.advanceTimersByTimeAsync(300);
    expect(draft.isOffline).toBe(true);
    expect(draft.canBuild).toBe(false);
    expect(draft.text).toBe('two');
    client.failure = null;
    await draft.check();
    expect(draft.canBuild).toBe(true);
  });

  it('can be built again once the server is back', async () => {
    const away = new EnvStoreError({ kind: 'unreachable', message: 'gone' });
    let told = 0;
    draft.changed.connect(() => (told += 1));
    client.failure = away;
    store.environments.fail(away);
    expect(told).toBe(1);
    draft.setText('two');
    await jest.advanceTimersByTimeAsync(300);
    expect(draft.canBuild).toBe(false);
    client.failure = null;
    await store.environments.refresh();
    await settled();
    expect(client.calls).toContain('check two');
    expect(draft.canBuild).toBe(true);
  });

  it('keeps what is written while it is submitted', async () => {
    let accept = (): void => undefined;
    submit.mockImplementationOnce(async () => {
      await new Promise<void>(resolve => (accept = resolve));
      return { buildId: 2, namespace: 'me', name: 'analysis' };
    });
    const submitted = draft.submit();
    draft.setText('two');
    accept();
    await submitted;
    expect(draft.text).toBe('two');
    expect(draft.isDirty).toBe(true);
  });

  it('does not let a late check hide what the server objected to', async () => {
    submit.mockRejectedValueOnce(
      new EnvStoreError({
        kind: 'refused',
        status: 422,
        message: 'no',
        problems: [problem()]
      })
    );
    draft.setText('two');
    await draft.submit();
    expect(draft.isChecking).toBe(false);
    await jest.advanceTimersByTimeAsync(1000);
    expect(client.calls).toEqual([]);
    expect(draft.problems).toHaveLength(1);
  });

  it('goes back to what was built when it was brought back from an earlier session', async () => {
    const { text } = environment();
    draft.dispose();
    draft = new DraftModel({
      client,
      store,
      text: 'changed',
      isChanged: true,
      baseId: 1,
      namespace: 'me',
      target: { namespace: 'me', name: 'analysis' }
    });
    expect(draft.isDirty).toBe(true);
    draft.revert();
    expect(draft.text).toBe(text);
    expect(draft.isDirty).toBe(false);
  });

  it('goes back to what it was', () => {
    draft.setText('two');
    expect(draft.isDirty).toBe(true);
    draft.revert();
    expect(draft.text).toBe('one');
    expect(draft.isDirty).toBe(false);
  });

  it('looks for packages after a pause, and only for what was typed last', async () => {
    client.offers = [foundPackage('numpy'), foundPackage('pandas')];
    draft.search.search('n', ['conda-forge']);
    await jest.advanceTimersByTimeAsync(100);
    draft.search.search('num', ['conda-forge']);
    await jest.advanceTimersByTimeAsync(149);
    expect(client.count('findPackages')).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(client.calls).toEqual(['findPackages num in conda-forge']);
    expect(draft.search.found?.packages.map(({ name }) => name)).toEqual([
      'numpy'
    ]);
  });

  it('gives up what is looked for when something else is typed', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    client.findPackages = async (_, __, options?: { signal?: AbortSignal }) => {
      signals.push(options?.signal);
      await new Promise(resolve => setTimeout(resolve, 500));
      return { data: [foundPackage('late')], message: null };
    };
    draft.search.search('a', []);
    await jest.advanceTimersByTimeAsync(200);
    draft.search.search('ab', []);
    expect(signals[0]?.aborted).toBe(true);
    await jest.advanceTimersByTimeAsync(520);
    expect(draft.search.found).toBeNull();
    draft.search.clear();
    await jest.advanceTimersByTimeAsync(1000);
    expect(draft.search.found).toBeNull();
  });

  it('looks again while the index is being made', async () => {
    let asked = 0;
    client.findPackages = async () => {
      asked += 1;
      return asked < 3
        ? { data: [], message: 'The index is being made.' }
        : { data: [foundPackage('numpy')], message: null };
    };
    draft.search.search('numpy', []);
    await jest.advanceTimersByTimeAsync(150);
    expect(draft.search.found?.message).toBe('The index is being made.');
    await jest.advanceTimersByTimeAsync(2000);
    expect(draft.search.found?.packages).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(5000);
    expect(asked).toBe(3);
  });

  it('solves what is written, and hangs up when nobody waits', async () => {
    let signal: AbortSignal | undefined;
    client.solve = (_, __?: unknown, options?: { signal?: AbortSignal }) => {
      signal = options?.signal;
      return new Promise(() => undefined);
    };
    const solve = draft.solve();
    expect(solve.isSolving).toBe(true);
    solve.dispose();
    expect(signal?.aborted).toBe(true);
    client.solve = async () => solution({ download_size: 5 });
    const other = draft.solve();
    await settled();
    expect(other.isSolving).toBe(false);
    expect(other.solution?.download_size).toBe(5);
    other.dispose();
  });

  describe('of an environment', () => {
    const target = { namespace: 'me', name: 'analysis' };

    /** Another user asks for a build. */
    async function otherBuild(id: number, text: string): Promise<void> {
      client.items = [environment({ text, latest_build: build({ id }) })];
      await store.environments.refresh();
    }

    beforeEach(async () => {
      draft.dispose();
      await otherBuild(1, 'one');
      draft = new DraftModel({
        client,
        store,
        text: 'one',
        namespace: 'me',
        target
      });
      expect(draft.baseId).toBe(1);
    });

    it('takes over what others ask for, where nothing was written', async () => {
      await otherBuild(2, 'two');
      expect(draft.text).toBe('two');
      expect(draft.isDirty).toBe(false);
      expect(draft.conflict).toBeNull();
    });

    it('takes over a lockfile that others build of, and gives it back', async () => {
      const lock = 'version: 6\nenvironments: {}\n';
      await otherBuild(2, lock);
      expect(draft.lockfile?.kind).toBe('pixi.lock');
      expect(draft.isDirty).toBe(false);
      draft.setText('mine');
      await otherBuild(3, `${lock}# newer\n`);
      expect(draft.merged).toBeNull();
      draft.settle('theirs');
      expect(draft.lockfile?.name).toBe('analysis');
      expect(draft.isDirty).toBe(false);
    });

    it('lets the user choose where something was written', async () => {
      draft.setText('mine');
      await otherBuild(2, 'theirs');
      expect(draft.conflict).toEqual({ buildId: 2, text: 'theirs' });
      expect(draft.text).toBe('mine');
      draft.settle('mine');
      expect(draft.conflict).toBeNull();
      expect(draft.text).toBe('mine');
      expect(draft.isDirty).toBe(true);
      await otherBuild(3, 'newer');
      draft.settle('theirs');
      expect(draft.text).toBe('newer');
      expect(draft.isDirty).toBe(false);
    });

    it('is in no conflict with a build of the same specification', async () => {
      draft.setText('mine');
      await otherBuild(2, 'one');
      expect(draft.conflict).toBeNull();
      await otherBuild(3, 'mine');
      expect(draft.conflict).toBeNull();
      expect(draft.isDirty).toBe(false);
    });

    it('takes no build of its own for that of another', async () => {
      let accept = (): void => undefined;
      submit.mockImplementationOnce(async () => {
        await new Promise<void>(resolve => (accept = resolve));
        // Heard of before the answer is there.
        await otherBuild(2, 'mine');
        return { buildId: 2, namespace: 'me', name: 'analysis' };
      });
      const conflicts: unknown[] = [];
      draft.changed.connect(() => conflicts.push(draft.conflict));
      draft.setText('mine');
      const submitted = draft.submit();
      draft.setText('mine, and more');
      accept();
      await submitted;
      expect(conflicts.every(conflict => conflict === null)).toBe(true);
      expect(draft.text).toBe('mine, and more');
      expect(draft.baseId).toBe(2);
      expect(draft.isDirty).toBe(true);
      await otherBuild(3, 'theirs');
      expect(draft.conflict?.buildId).toBe(3);
    });

    describe('of which nobody has told yet that another has asked', () => {
      const BASE = 'name: analysis\ndependencies:\n  - python\n  - pip\n';
      const MINE = BASE.replace('python', 'python =3.12');
      const THEIRS = `${BASE}  - scipy\n`;

      beforeEach(async () => {
        submit.mockRestore();
        draft.dispose();
        client.stored = [build(), build({ id: 2 })];
        await otherBuild(1, BASE);
        draft = new DraftModel({
          client,
          store,
          text: BASE,
          namespace: 'me',
          target,
          baseId: 1
        });
        draft.setText(MINE);
        // The server has it, and no event has come.
        client.items = [
          environment({ text: THEIRS, latest_build: build({ id: 2 }) })
        ];
        client.calls.length = 0;
      });

      it('is told so by the server, and lets the user choose', async () => {
        await draft.submit();
        expect(client.calls).toEqual([
          'submit based on 1',
          'environment me/analysis'
        ]);
        expect(draft.conflict).toEqual({ buildId: 2, text: THEIRS });
        expect(draft.error).toBeNull();
        expect(draft.isSubmitting).toBe(false);
        expect(draft.text).toBe(MINE);
        expect(client.stored).toHaveLength(2);
      });

      it('is built upon theirs once that is settled', async () => {
        await draft.submit();
        expect(draft.original).toBe(BASE);
        expect(draft.merged).toBe(`${MINE}  - scipy\n`);
        draft.settle('both');
        expect(draft.text).toBe(`${MINE}  - scipy\n`);
        expect(draft.conflict).toBeNull();
        expect(draft.merged).toBeNull();
        expect(draft.isDirty).toBe(true);
        client.calls.length = 0;
        await draft.submit();
        expect(client.calls[0]).toBe('submit based on 2');
        expect(client.stored).toHaveLength(3);
        expect(draft.isDirty).toBe(false);
      });

      it('cannot take both where both have changed the same lines', async () => {
        const text = BASE.replace('python', 'python =3.13');
        client.items = [environment({ text, latest_build: build({ id: 2 }) })];
        await draft.submit();
        expect(draft.conflict?.text).toBe(text);
        expect(draft.merged).toBeNull();
        draft.settle('theirs');
        expect(draft.text).toBe(text);
        expect(draft.isDirty).toBe(false);
      });

      it('says what the server says where it cannot be found out', async () => {
        client.environment = () =>
          Promise.reject(
            new EnvStoreError({ kind: 'unreachable', message: 'gone' })
          );
        await draft.submit();
        expect(draft.conflict).toBeNull();
        expect(draft.error?.status).toBe(409);
        expect(draft.isSubmitting).toBe(false);
      });
    });

    it('is built as it is where what it began with is the newest', async () => {
      draft.setText('two');
      await draft.submit();
      expect(submit).toHaveBeenCalledWith('two', 'me', undefined, 1);
    });

    it('knows after a reload what it began with', async () => {
      draft.dispose();
      draft = new DraftModel({
        client,
        store,
        text: 'mine',
        namespace: 'me',
        target,
        isChanged: true,
        baseId: 1
      });
      expect(draft.conflict).toBeNull();
      await otherBuild(2, 'theirs');
      expect(draft.conflict?.buildId).toBe(2);
    });
  });

  describe('of a new environment', () => {
    beforeEach(async () => {
      // What is loaded lazily is loaded without a timer.
      await Promise.all([import('../spec/naming'), import('../spec/template')]);
      draft.setText('name: my-environment\ndependencies:\n  - python\n');
    });

    it('keeps the name that was chosen, and gives back what was written', async () => {
      await draft.origin.begin('name: template\n');
      expect(draft.text).toBe('name: template\n');
      draft.setText('name: chosen\n');
      await draft.origin.begin('name: other\ndependencies: []\n');
      expect(draft.text).toBe('name: chosen\ndependencies: []\n');
      expect(draft.origin.canUndo).toBe(true);
      draft.origin.undo();
      expect(draft.text).toBe('name: chosen\n');
      draft.origin.undo();
      expect(draft.text).toBe('name: chosen\ndependencies: []\n');
      draft.origin.undo();
      expect(draft.text).toBe('name: chosen\n');
    });

    it('is made of the lockfile that another environment was', async () => {
      const lock = '{"version": 1, "package": []}';
      await draft.origin.begin(lock);
      expect(draft.text).toBe(lock);
      expect(draft.lockfile).toEqual({
        kind: 'conda-lock',
        name: 'my-environment',
        description: ''
      });
    });

    it('lets the name of a template go with the template', async () => {
      await draft.origin.begin('name: template\ndependencies: []\n');
      client.made = converted({
        specification: 'dependencies: [flask]\n',
        name: 'file'
      });
      await draft.origin.read({ text: 'flask', filename: 'requirements.txt' });
      expect(draft.text).toBe('name: file\ndependencies: [flask]\n');
      draft.setText('name: chosen\ndependencies: [flask]\n');
      await draft.origin.read({ text: 'flask', filename: 'requirements.txt' });
      expect(draft.text).toBe('name: chosen\ndependencies: [flask]\n');
    });

    it('is made of what the server reads in a file', async () => {
      await draft.origin.read({ text: 'flask', filename: 'requirements.txt' });
      expect(client.calls).toContain('convert requirements.txt');
      expect(draft.text).toBe(
        'name: my-environment\ndependencies:\n  - python\n  - pip:\n    - flask\n'
      );
      expect(draft.lockfile).toBeNull();
    });

    it('stays as it is when a file cannot be used', async () => {
      const { text } = draft;
      client.made = converted({
        specification: null,
        problems: [problem({ line: 3 })]
      });
      await draft.origin.read({ text: '???', filename: 'requirements.txt' });
      expect(draft.text).toBe(text);
      expect(draft.origin.conversion.reply?.problems).toHaveLength(1);
      await draft.origin.readFile(
        {
          name: 'huge.lock',
          size: 1e9,
          text: () => Promise.reject(new Error('It was read.'))
        },
        most => `huge.lock has more than ${most} bytes`
      );
      expect(draft.origin.conversion.error?.message).toMatch(
        /^huge.lock has more than \d+ bytes$/
      );
    });

    it('builds a lockfile as it is, under the name that was chosen', async () => {
      const lock = 'version: 6\nenvironments: {}\n';
      client.made = converted({
        kind: 'pixi.lock',
        specification: lock,
        is_lockfile: true
      });
      draft.setText('name: locked\n');
      await draft.origin.read({ text: lock, filename: 'pixi.lock' });
      const lockfile = { kind: 'pixi.lock', name: 'locked', description: '' };
      expect(draft.lockfile).toEqual(lockfile);
      expect(draft.isDirty).toBe(true);
      const check = jest.spyOn(client, 'check');
      await draft.check();
      expect(check.mock.lastCall).toEqual([
        lock,
        'me',
        expect.anything(),
        'locked'
      ]);
      expect(draft.name).toBe('locked');
      client.calls.length = 0;
      await draft.submit();
      expect(submit).toHaveBeenCalledWith(lock, 'me', lockfile, null);
      expect(client.count('check')).toBe(0);
      draft.setText('name: again\n');
      expect(draft.lockfile).toBeNull();
    });
  });
});
