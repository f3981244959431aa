import { Dialog } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { CommandIDs } from '../commandIds';
import { DraftModel } from '../model/draft';
import { EnvStore } from '../model/store';
import { addDraftCommands } from '../plugins/draftCommands';
import { denialFinder } from '../plugins/guard';
import {
  build,
  environment,
  FakeClient,
  FakeSettings,
  FakeStream,
  problem,
  settled,
  solution
} from './fixtures';
import { Page, trans } from './render';

const TARGET = { namespace: 'me', name: 'analysis' };
const TEXT = 'name: analysis\ndependencies:\n  - python\n';

describe('the command that builds what was written', () => {
  let client: FakeClient;
  let store: EnvStore;
  let draft: DraftModel;
  let page: Page;

  /** Begin to write, as the user has set it. */
  async function begin(
    settings: ISettingRegistry | null,
    options: Partial<DraftModel.IOptions> = { target: TARGET, baseId: 1 }
  ): Promise<void> {
    draft = new DraftModel({
      client,
      store,
      text: TEXT,
      namespace: 'me',
      ...options
    });
    await settled();
    addDraftCommands({
      app: page.app,
      trans,
      find: () => draft,
      documents: null,
      settings,
      translator: nullTranslator,
      denial: denialFinder(store, trans)
    });
    client.calls.length = 0;
  }

  /** Run it, up to its end or to what it asks. */
  async function run(): Promise<void> {
    await act(async () => {
      // What is asked is given up after the test.
      page.commands.execute(CommandIDs.build).catch(() => undefined);
      for (let turn = 0; turn < 10; turn++) {
        await new Promise(resolve => setTimeout(resolve));
      }
    });
  }

  const dialog = (): HTMLElement | null =>
    document.querySelector<HTMLElement>('.jp-Dialog');

  function press(name: string): void {
    // JupyterLab shows a dialog by its style sheet, which is not here.
    fireEvent.click(screen.getByRole('button', { name, hidden: true }));
  }

  const off = (): ISettingRegistry =>
    new FakeSettings({ showChanges: false }).registry;

  beforeEach(async () => {
    // Loaded before, it comes within the turns above.
    await import('../detail/solvePreview');
    client = new FakeClient();
    client.items = [environment({ text: TEXT })];
    client.stored = [build()];
    client.solved = solution({ packages: [] });
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    page = new Page();
  });

  afterEach(() => {
    act(() => Dialog.flush());
    draft.dispose();
    store.dispose();
  });

  it.each([
    ['by default', new FakeSettings().registry],
    ['where it is set', new FakeSettings({ showChanges: true }).registry],
    ['where there are no settings', null],
    [
      'where they cannot be read',
      {
        load: () => Promise.reject(new Error('broken'))
      } as unknown as ISettingRegistry
    ]
  ])('shows what would change first: %s', async (_, settings) => {
    await begin(settings);
    let answer = (): void => undefined;
    const late = new Promise<void>(resolve => (answer = resolve));
    const solve = client.solve.bind(client);
    client.solve = async text => {
      await late;
      return solve(text);
    };
    await run();
    screen.getByText('Solving. Nothing is built yet.');
    answer();
    expect(dialog()).toHaveTextContent('What the build would change');
    await waitFor(() =>
      expect(
        screen.getByRole('button', { name: 'Build', hidden: true })
      ).toHaveFocus()
    );
    expect(client.count('solve')).toBe(1);
    expect(client.count('submit')).toBe(0);
    press('Build');
    await waitFor(() => expect(client.calls).toContain('submit based on 1'));
  });

  it('asks once for a double click, which closes nothing', async () => {
    await begin(null);
    await act(async () => {
      page.commands.execute(CommandIDs.build).catch(() => undefined);
    });
    await run();
    expect(document.querySelectorAll('.jp-Dialog')).toHaveLength(1);
    expect(client.count('solve')).toBe(1);
    fireEvent.click(dialog() as HTMLElement);
    await act(settled);
    expect(dialog()).not.toBeNull();
    press('Cancel');
    await waitFor(() => expect(dialog()).toBeNull());
    await run();
    expect(dialog()).not.toBeNull();
  });

  it('builds nothing where that is called off', async () => {
    await begin(null);
    await run();
    press('Cancel');
    await waitFor(() => expect(dialog()).toBeNull());
    expect(client.count('submit')).toBe(0);
    expect(draft.isSubmitting).toBe(false);
  });

  it('builds at once where the user has set that', async () => {
    await begin(off());
    await run();
    expect(dialog()).toBeNull();
    expect(client.count('solve')).toBe(0);
    expect(client.calls).toContain('submit based on 1');
  });

  it('builds a new environment at once: there is nothing to compare with', async () => {
    client.verdict = { ...client.verdict, name: 'other' };
    await begin(null, {});
    await run();
    expect(dialog()).toBeNull();
    expect(client.count('solve')).toBe(0);
    expect(client.calls).toContain('submit');
  });

  it('shows what would change of another one by the name of a new one', async () => {
    await begin(null, {});
    expect(draft.name).toBe('analysis');
    await run();
    expect(dialog()).not.toBeNull();
    expect(client.count('submit')).toBe(0);
  });

  it('builds at once what has no build that is current', async () => {
    client.items = [environment({ text: TEXT, published_build: null })];
    await store.environments.refresh();
    await begin(null);
    await run();
    expect(dialog()).toBeNull();
    expect(client.calls).toContain('submit based on 1');
  });

  it('builds a lockfile at once: nothing is solved', async () => {
    await begin(null);
    const text = 'version: 6\n';
    draft.setLockfile(text, { kind: 'pixi.lock', name: 'a', description: '' });
    await run();
    expect(dialog()).toBeNull();
    expect(client.count('solve')).toBe(0);
    expect(client.count('submit')).toBe(1);
  });

  it('asks at once for what has problems: the server says more of them', async () => {
    client.verdict = { ...client.verdict, problems: [problem()] };
    await begin(null);
    expect(draft.problems).toHaveLength(1);
    await run();
    expect(dialog()).toBeNull();
    expect(client.count('solve')).toBe(0);
    expect(client.count('submit')).toBe(1);
  });

  it('waits until it is chosen what another has asked for', async () => {
    await begin(null);
    draft.setText(`${TEXT}  - pip\n`);
    client.items = [
      environment({ text: 'name: theirs', latest_build: build({ id: 2 }) })
    ];
    await store.environments.refresh();
    expect(draft.conflict).not.toBeNull();
    expect(page.commands.isEnabled(CommandIDs.build)).toBe(false);
    expect(page.commands.caption(CommandIDs.build)).toMatch(/choose first/);
    draft.settle('mine');
    expect(page.commands.isEnabled(CommandIDs.build)).toBe(true);
  });

  it('does nothing where there is nothing to build', async () => {
    await begin(off());
    draft.setText(' ');
    expect(page.commands.isEnabled(CommandIDs.build)).toBe(false);
    expect(page.commands.caption(CommandIDs.build)).toBe(
      'There is nothing to build.'
    );
    await run();
    expect(client.count('submit')).toBe(0);
  });

  it('is not asked for by the check, which lets the focus where it is', async () => {
    await begin(off());
    await act(async () => {
      page.commands.execute(CommandIDs.solve).catch(() => undefined);
      await settled();
    });
    await waitFor(() =>
      expect(
        screen.getByRole('button', { name: 'Build', hidden: true })
      ).toBeEnabled()
    );
    expect(
      screen.getByRole('button', { name: 'Cancel', hidden: true })
    ).toHaveFocus();
  });
});
