import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification } from '@jupyterlab/apputils';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRunningSessionManagers } from '@jupyterlab/running';
import type { IRunningSessions } from '@jupyterlab/running';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Menu, Widget } from '@lumino/widgets';
import {
  act,
  fireEvent,
  render,
  screen,
  waitFor
} from '@testing-library/react';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IEnvironment, IKernel, IQueuedBuild } from '../api/types';
import { isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import { EnvironmentDocument } from '../detail/documents';
import { ActiveBuilds } from '../model/activeBuilds';
import { NotebookKernel } from '../model/notebookKernel';
import { EnvStore } from '../model/store';
import { NotebookChip } from '../places/notebookChip';
import { files } from '../plugins/files';
import { notebooks } from '../plugins/notebooks';
import { notifications } from '../plugins/notifications';
import { running } from '../plugins/running';
import { status } from '../plugins/status';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  settled
} from './fixtures';

const TARGET = { namespace: 'me', name: 'analysis' };
const BUILDING = environment({
  latest_build: build({ id: 2, status: 'BUILDING', phase: 'SOLVING' })
});
const FAILED = environment({
  latest_build: build({ id: 2, status: 'FAILED' })
});

let client: FakeClient;
let stream: FakeStream;
let store: EnvStore;
let commands: CommandRegistry;
let app: JupyterFrontEnd;
let userInterface: IUserInterface;
let executed: [string, unknown][];
let known: string[];

/** A build as it is in the queue. */
function queued(
  { namespace, name }: IEnvironment,
  changes: Parameters<typeof build>[0]
): IQueuedBuild {
  return {
    namespace: namespace.name,
    environment: name,
    author: 'me',
    position: null,
    build: build(changes)
  };
}

/** The server has this now, and the browser has read it. */
async function becomes(...items: FakeClient['items']): Promise<void> {
  client.items = items;
  client.queued = items
    .filter(({ latest_build: latest }) => isActive(latest))
    .map(item =>
      queued(item, item.latest_build as Parameters<typeof build>[0])
    );
  await act(async () => {
    await store.environments.refresh();
    await settled();
  });
}

beforeEach(async () => {
  client = new FakeClient();
  client.items = [environment({ kernels: [kernel()] })];
  client.stored = [build()];
  client.offered = [kernel()];
  stream = new FakeStream();
  store = new EnvStore({ client, stream });
  await store.load();
  commands = new CommandRegistry();
  executed = [];
  known = [kernel().name];
  for (const id of [
    CommandIDs.open,
    CommandIDs.edit,
    CommandIDs.cancel,
    CommandIDs.newNotebook,
    CommandIDs.importFile
  ]) {
    commands.addCommand(id, {
      label: id,
      describedBy: { args: {} },
      execute: args => void executed.push([id, args])
    });
  }
  app = {
    commands,
    shell: { currentWidget: null },
    contextMenuHitTest: () => undefined,
    serviceManager: {
      kernelspecs: {
        get specs() {
          return {
            default: '',
            kernelspecs: Object.fromEntries(known.map(name => [name, {}]))
          };
        },
        refreshSpecs: async () => {
          known = client.offered.map(({ name }) => name);
        }
      }
    }
  } as unknown as JupyterFrontEnd;
  userInterface = { commands, trans: nullTranslator.load('') };
});

afterEach(() => {
  Dialog.flush();
  Notification.dismiss();
  store.dispose();
});

/** A notebook that is open, as far as anybody here looks at it. */
class FakeNotebook extends Widget {
  constructor(path: string) {
    super();
    this.context = { path };
    this.title.label = path;
    this.sessionContext = new FakeSession();
  }

  readonly context: { path: string };
  readonly sessionContext: FakeSession;
}

class FakeSession implements NotebookKernel.IContext {
  session: { kernel: { id: string; name: string } | null } = {
    kernel: { id: 'first', name: kernel().name }
  };
  readonly kernelChanged = new Signal<this, void>(this);
  readonly changes: string[] = [];

  async changeKernel({ name }: { name: string }): Promise<void> {
    this.changes.push(name);
    this.session = { kernel: { id: `kernel ${this.changes.length}`, name } };
    this.kernelChanged.emit();
  }
}

function runs(id: string, buildId: number): void {
  client.running.push({
    kernel_id: id,
    name: kernel().name,
    namespace: 'me',
    environment: 'analysis',
    build_id: buildId
  });
}

describe('the kernel of a notebook', () => {
  let session: FakeSession;
  let model: NotebookKernel;

  async function begin(): Promise<void> {
    session = new FakeSession();
    model = new NotebookKernel({ context: session, store });
    await settled();
  }

  afterEach(() => model.dispose());

  it('runs the build that it was started with', async () => {
    runs('first', 1);
    await begin();
    expect(model.running?.build_id).toBe(1);
    expect(model.newBuild).toBeNull();
  });

  it('could have a newer build, once that is current', async () => {
    runs('first', 1);
    await begin();
    let changes = 0;
    model.changed.connect(() => (changes += 1));
    await becomes(
      environment({ published_build: build({ id: 2 }), kernels: [kernel()] })
    );
    expect(model.newBuild).toBe(2);
    expect(changes).toBe(1);
    await becomes(...client.items);
    expect(changes).toBe(1);
  });

  it('stays with its build where it is that of one build', async () => {
    runs('first', 1);
    await begin();
    await becomes(
      environment({
        published_build: build({ id: 2 }),
        kernels: [kernel({ pinned: true })]
      })
    );
    expect(model.newBuild).toBeNull();
  });

  it('is none of the store, and nothing is asked', async () => {
    session = new FakeSession();
    session.session = { kernel: { id: 'first', name: 'python3' } };
    model = new NotebookKernel({ context: session, store });
    await settled();
    expect(model.running).toBeNull();
    expect(client.count('runningKernels')).toBe(0);
  });

  it('is asked for again when a request has failed, and known until then', async () => {
    runs('first', 1);
    const lost = jest
      .spyOn(client, 'runningKernels')
      .mockRejectedValueOnce(new Error('gone'));
    await begin();
    expect(model.running).toBeNull();
    await becomes(...client.items);
    expect(model.running?.build_id).toBe(1);
    await becomes(...client.items);
    expect(lost).toHaveBeenCalledTimes(2);
    // The connection to the same kernel was made anew.
    lost.mockRejectedValueOnce(new Error('gone'));
    session.kernelChanged.emit();
    await settled();
    expect(model.running?.build_id).toBe(1);
    lost.mockRestore();
  });

  it('is another one after a change', async () => {
    runs('first', 1);
    runs('kernel 1', 2);
    await begin();
    await session.changeKernel({ name: kernel().name });
    await settled();
    expect(model.running?.build_id).toBe(2);
  });
});

describe('the chip', () => {
  it('names the build of another store as that one does', async () => {
    runs('first', 2 ** 52 + 24);
    const chip = new NotebookChip({
      model: new NotebookKernel({ context: new FakeSession(), store }),
      path: () => 'a.ipynb',
      userInterface
    });
    await act(async () => {
      Widget.attach(chip, document.body);
      await settled();
    });
    expect(await screen.findByText('analysis b24')).toBeInTheDocument();
    act(() => chip.dispose());
  });

  it('says what runs, offers the newer build, and hides for other kernels', async () => {
    runs('first', 1);
    const session = new FakeSession();
    const chip = new NotebookChip({
      model: new NotebookKernel({ context: session, store }),
      path: () => 'a.ipynb',
      userInterface
    });
    await act(async () => {
      Widget.attach(chip, document.body);
      await settled();
    });
    const button = await screen.findByRole('button', { name: 'analysis b1' });
    expect(button).toHaveAttribute(
      'title',
      'The kernel runs build 1 of environment analysis in namespace me.'
    );
    await becomes(
      environment({ published_build: build({ id: 2 }), kernels: [kernel()] })
    );
    await waitFor(() => expect(button).toHaveTextContent('restart to use b2'));
    expect(screen.getByRole('status')).toHaveTextContent('restart to use b2');
    expect(button).toHaveAttribute('aria-haspopup', 'menu');
    expect(button).toHaveAttribute('aria-expanded', 'false');

    const opened = jest.spyOn(Menu.prototype, 'open').mockReturnValue();
    fireEvent.click(button);
    const menu = opened.mock.contexts[0] as Menu;
    expect(button).toHaveAttribute('aria-expanded', 'true');
    act(() => (menu.aboutToClose as Signal<Menu, void>).emit());
    expect(button).toHaveAttribute('aria-expanded', 'false');
    expect(menu.items.map(({ command, args }) => [command, args])).toEqual([
      [
        CommandIDs.useInNotebook,
        { ...TARGET, path: 'a.ipynb', isRestart: true }
      ],
      [CommandIDs.useInNotebook, { path: 'a.ipynb', isChoice: true }],
      ['', {}],
      [CommandIDs.open, { ...TARGET, buildId: 1 }],
      [CommandIDs.edit, TARGET]
    ]);
    opened.mockRestore();

    session.session = { kernel: { id: 'x', name: 'python3' } };
    await act(async () => {
      session.kernelChanged.emit();
      await settled();
    });
    expect(chip.isHidden).toBe(true);
    act(() => chip.dispose());
  });
});

describe('notebooks', () => {
  let notebook: FakeNotebook;
  let inFront: FakeNotebook | null;
  let frontChanged: Signal<unknown, unknown>;

  beforeEach(async () => {
    notebook = new FakeNotebook('a.ipynb');
    inFront = notebook;
    frontChanged = new Signal<unknown, unknown>({});
    const tracker = {
      get currentWidget() {
        return inFront as unknown as NotebookPanel;
      },
      currentChanged: frontChanged,
      find: (is: (panel: NotebookPanel) => boolean) =>
        [notebook as unknown as NotebookPanel].find(is)
    } as unknown as INotebookTracker;
    await notebooks.activate(app, store, nullTranslator, tracker);
  });

  afterEach(() => notebook.dispose());

  function press(name: string): void {
    const found = [
      ...document.querySelectorAll<HTMLElement>('.jp-Dialog button')
    ].find(node => node.textContent === name);
    fireEvent.click(found as HTMLElement);
  }

  /** Run the command on what has no kernel, about which nothing is asked. */
  async function use(buildId?: number): Promise<void> {
    notebook.sessionContext.session.kernel = null;
    await commands.execute(CommandIDs.useInNotebook, {
      ...TARGET,
      ...(buildId && { buildId }),
      path: 'a.ipynb'
    });
  }

  /** What a build has is known once its kernel was pinned. */
  function brings(...kernels: IKernel[]): void {
    const { pinKernel } = client;
    client.pinKernel = (id, isPinned) => {
      client.offered = [kernel(), ...(isPinned ? kernels : [])];
      return pinKernel.call(client, id, isPinned);
    };
  }

  it('are run on an environment', async () => {
    await use();
    expect(notebook.sessionContext.changes).toEqual([kernel().name]);
    expect(client.count('pinKernel')).toBe(0);
  });

  it('are run on an older build by a kernel of its own', async () => {
    const own = kernel({ name: 'envstore-b7', build_id: 7, pinned: true });
    brings(own);
    await use(7);
    expect(client.calls).toContain('pinKernel 7 true');
    expect(notebook.sessionContext.changes).toEqual(['envstore-b7']);
    // It is known from now on.
    await becomes(environment({ kernels: [kernel(), own] }));
    await use(7);
    expect(client.count('pinKernel')).toBe(1);
    expect(notebook.sessionContext.changes).toHaveLength(2);
  });

  it('leave no kernel behind that was not wanted', async () => {
    const own = kernel({ name: 'b7', build_id: 7, pinned: true });
    brings(own, { ...own, name: 'b7-r', display_name: 'R' });
    const used = use(7);
    await screen.findByRole('combobox', { hidden: true });
    press('Cancel');
    await used;
    expect(client.calls.filter(call => call.startsWith('pin'))).toEqual([
      'pinKernel 7 true',
      'pinKernel 7 false'
    ]);
    expect(notebook.sessionContext.changes).toEqual([]);
  });

  it('keep their kernel unless the user agrees that it is another one', async () => {
    brings(kernel({ name: 'envstore-b7', build_id: 7, pinned: true }));
    const args = { ...TARGET, buildId: 7 };
    for (const answer of ['Cancel', 'Use in Notebook']) {
      const run = commands.execute(CommandIDs.useInNotebook, args);
      const dialog = await screen.findByRole('dialog', { hidden: true });
      expect(dialog).toHaveTextContent(
        'The kernel of a.ipynb is shut down, and one of analysis started. All variables will be lost.'
      );
      expect(client.count('pinKernel')).toBe(0);
      expect(notebook.sessionContext.changes).toEqual([]);
      press(answer);
      await run;
    }
    expect(notebook.sessionContext.changes).toEqual(['envstore-b7']);
  });

  it('are not run on what is not there', async () => {
    const { isEnabled } = commands;
    const can = isEnabled.bind(commands, CommandIDs.useInNotebook);
    expect(can({ ...TARGET, path: 'b.ipynb' })).toBe(false);
    expect(can({ ...TARGET, name: 'other' })).toBe(false);
    expect(can(TARGET)).toBe(true);
    await becomes(environment({ published: false }));
    expect(can(TARGET)).toBe(false);
  });

  it('tell why they cannot be run on something', async () => {
    const captionOf = (args: ReadonlyPartialJSONObject): string => {
      const id = CommandIDs.useInNotebook;
      const isRefused = !commands.isEnabled(id, args);
      return `${isRefused ? '' : 'can: '}${commands.caption(id, args)}`;
    };
    expect(captionOf(TARGET)).toBe('can: Start a kernel of it for a.ipynb');
    expect(captionOf({ ...TARGET, path: 'b.ipynb' })).toBe(
      'No notebook is open'
    );
    inFront = null;
    expect(captionOf(TARGET)).toBe('No notebook is open');
    expect(captionOf({})).toBe('No notebook is open');
    inFront = notebook;
    await becomes(environment({ published: false }));
    expect(captionOf(TARGET)).toBe('No build of the environment is ready yet');
    client.held = { ...client.held, entity_permissions: {} };
    await becomes(environment());
    await store.load();
    expect(captionOf({ ...TARGET, buildId: 1 })).toMatch(/^can/);
    expect(captionOf({ ...TARGET, buildId: 7 })).toBe(
      'Your role in namespace me does not allow this.'
    );
    const own = kernel({ build_id: 7, pinned: true });
    await becomes(environment({ kernels: [own] }));
    expect(captionOf({ ...TARGET, buildId: 7 })).toMatch(/^can/);
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'No.' });
    await becomes();
    for (const args of [TARGET, { isChoice: true }]) {
      expect(captionOf(args)).toBe('The server cannot be reached.');
    }
  });

  it('are known to buttons that were there before them', () => {
    inFront = null;
    render(
      <UserInterfaceProvider value={userInterface}>
        <CommandButton command={CommandIDs.useInNotebook} args={TARGET} />
      </UserInterfaceProvider>
    );
    const button = screen.getByRole('button', { name: 'Use in Notebook' });
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAttribute('title', 'No notebook is open');
    const drawn = jest.spyOn(commands, 'label');
    act(() => commands.notifyCommandChanged(CommandIDs.open));
    expect(drawn).not.toHaveBeenCalled();
    act(() => commands.notifyCommandChanged());
    expect(drawn).toHaveBeenCalledTimes(1);
    inFront = notebook;
    act(() => frontChanged.emit(undefined));
    expect(button).not.toHaveAttribute('aria-disabled');
    expect(button).toHaveAttribute('title', 'Start a kernel of it for a.ipynb');
  });

  it('keep their variables unless the user agrees', async () => {
    const args = { ...TARGET, path: 'a.ipynb', isRestart: true };
    const label = commands.label(CommandIDs.useInNotebook, args);
    expect(label).toBe('Restart With the Current Build');
    const run = commands.execute(CommandIDs.useInNotebook, args);
    const dialog = await screen.findByRole('dialog', { hidden: true });
    expect(dialog).toHaveTextContent('All variables will be lost.');
    press('Cancel');
    await run;
    expect(notebook.sessionContext.changes).toEqual([]);
  });

  it('are asked about where no environment is meant', async () => {
    client.stored = [build(), build({ id: 2 }), build({ id: 3 })];
    client.stored[2] = build({ id: 3, status: 'FAILED' });
    client.offered.push(
      kernel({ name: 'envstore-b2', build_id: 2, pinned: true })
    );
    const args = { isChoice: true };
    expect(commands.label(CommandIDs.useInNotebook, args)).toContain('Change');
    const run = commands.execute(CommandIDs.useInNotebook, args);
    const builds = await screen.findByRole('combobox', {
      name: 'Build',
      hidden: true
    });
    await waitFor(() => expect(builds.children).toHaveLength(2));
    expect(builds.children[0]).toHaveTextContent('the current one: build 1');
    expect(
      screen.getByRole('combobox', { name: 'Environment', hidden: true })
    ).toHaveValue('me/analysis');
    fireEvent.change(builds, { target: { value: '2' } });
    press('Use in Notebook');
    await run;
    expect(notebook.sessionContext.changes).toEqual(['envstore-b2']);
  });
});

describe('active builds', () => {
  it('are those that run, and those that failed meanwhile until they are seen', async () => {
    await becomes(FAILED);
    const active = new ActiveBuilds({ store, sidebar: await store.sidebar() });
    // It had failed before anybody came.
    expect(active.failed).toEqual([]);
    await becomes(BUILDING);
    expect(active.running.map(({ build: { id } }) => id)).toEqual([2]);
    await becomes(FAILED);
    expect(active.running).toEqual([]);
    expect(active.failed.map(({ build: { id } }) => id)).toEqual([2]);
    active.see('me', 'other');
    expect(active.failed).toHaveLength(1);
    active.see('me', 'analysis');
    expect(active.failed).toEqual([]);
    active.dispose();
  });

  it('are not those of others', async () => {
    const held = client.held.entity_permissions['*/*'] ?? [];
    client.held = { ...client.held, entity_permissions: { 'other/*': held } };
    await store.load();
    const active = new ActiveBuilds({ store, sidebar: await store.sidebar() });
    await becomes(BUILDING);
    expect(active.running).toEqual([]);
    active.dispose();
  });

  it('are all builds of an environment, and each fails for itself', async () => {
    const active = new ActiveBuilds({ store, sidebar: await store.sidebar() });
    const ids = (builds: readonly IQueuedBuild[]): number[] =>
      builds.map(({ build: { id } }) => id);
    client.items = [
      environment({ latest_build: build({ id: 4, status: 'QUEUED' }) })
    ];
    client.queued = [
      queued(environment(), { id: 2, status: 'BUILDING', phase: 'SOLVING' }),
      queued(environment(), { id: 3, status: 'QUEUED' }),
      queued(environment(), { id: 4, status: 'QUEUED' })
    ];
    await store.resync();
    await settled();
    expect(ids(active.running)).toEqual([2, 3, 4]);
    stream.tell({
      seq: null,
      kind: 'progress',
      build_id: 2,
      phase: 'LINKING'
    });
    expect(active.running[0]?.build.phase).toBe('LINKING');
    client.queued = client.queued.slice(1);
    stream.tell({ seq: 1, build_id: 2, status: 'FAILED' });
    await settled();
    expect(ids(active.running)).toEqual([3, 4]);
    expect(ids(active.failed)).toEqual([2]);
    active.see('me', 'analysis');
    await store.resync();
    expect(ids(active.failed)).toEqual([]);
    await becomes();
    expect(ids(active.running)).toEqual([]);
    active.dispose();
  });

  it('are asked for together, and not while nothing happens', async () => {
    const sidebar = await store.sidebar();
    await settled();
    const first = new ActiveBuilds({ store, sidebar });
    const second = new ActiveBuilds({ store, sidebar: await store.sidebar() });
    await settled();
    expect(client.count('queue')).toBe(1);
    await becomes(BUILDING);
    expect(client.count('queue')).toBe(2);
    expect(first.running).toEqual(second.running);
    first.dispose();
    second.dispose();
  });
});

describe('the status bar', () => {
  it('has an item only while something runs or has failed, which opens the log', async () => {
    const items: IStatusBar.IItem[] = [];
    const bar = {
      registerStatusItem: (_: string, item: IStatusBar.IItem) =>
        void items.push(item)
    } as unknown as IStatusBar;
    await status.activate(app, store, nullTranslator, bar);
    await settled();
    expect(items).toEqual([]);
    await becomes(BUILDING);
    await waitFor(() => expect(items).toHaveLength(1));
    const [{ item, isActive }] = items as [Required<IStatusBar.IItem>];
    expect(isActive()).toBe(true);
    act(() => Widget.attach(item, document.body));
    const button = await screen.findByRole('button');
    await waitFor(() => expect(button).toHaveTextContent('analysis: Solving'));

    await becomes(FAILED);
    await waitFor(() => expect(button).toHaveTextContent('analysis: Failed'));
    expect(isActive()).toBe(true);
    fireEvent.click(button);
    await settled();
    expect(executed).toEqual([
      [CommandIDs.open, { ...TARGET, buildId: 2, tab: 'log' }]
    ]);
    await waitFor(() => expect(isActive()).toBe(false));
    act(() => item.dispose());
  });

  const show = async (): Promise<Required<IStatusBar.IItem>> => {
    const items: IStatusBar.IItem[] = [];
    const bar = {
      registerStatusItem: (_: string, item: IStatusBar.IItem) =>
        void items.push(item)
    } as unknown as IStatusBar;
    await status.activate(app, store, nullTranslator, bar);
    await settled();
    await becomes(BUILDING);
    await waitFor(() => expect(items).toHaveLength(1));
    const [shown] = items as [Required<IStatusBar.IItem>];
    act(() => Widget.attach(shown.item, document.body));
    return shown;
  };

  it('shows what failed beside what runs', async () => {
    const { item } = await show();
    await becomes(
      FAILED,
      environment({
        id: 2,
        name: 'other',
        latest_build: build({ id: 3, status: 'BUILDING', phase: 'SOLVING' })
      })
    );
    await waitFor(() =>
      expect(
        screen.getAllByRole('button').map(({ textContent }) => textContent)
      ).toEqual(['other: Solving', 'analysis: Failed'])
    );
    act(() => item.dispose());
  });

  it('tells nothing of a failure that was watched', async () => {
    const { item, isActive } = await show();
    const node = document.body.appendChild(document.createElement('div'));
    node.id = EnvironmentDocument.idOf('me', 'analysis');
    node.getBoundingClientRect = () => ({ width: 100 }) as DOMRect;
    await becomes(FAILED);
    expect(isActive()).toBe(false);
    node.remove();
    act(() => item.dispose());
  });
});

describe('the panel of what runs', () => {
  it('lists builds, opens their log and cancels them', async () => {
    const added: IRunningSessions.IManager[] = [];
    const managers = {
      add: (manager: IRunningSessions.IManager) => void added.push(manager)
    } as unknown as IRunningSessionManagers;
    await running.activate(app, store, nullTranslator, managers);
    await becomes(BUILDING);
    await waitFor(() => expect(added).toHaveLength(1));
    const [manager] = added as [IRunningSessions.IManager];
    const [item] = manager.running({ mode: 'list' });
    expect(item?.label()).toBe('analysis, build 2');
    expect(item?.detail?.()).toBe('Solving');
    item?.open?.();
    item?.shutdown?.();
    manager.shutdownAll();
    const target = { ...TARGET, buildId: 2 };
    expect(executed).toEqual([
      [CommandIDs.open, { ...target, tab: 'log' }],
      [CommandIDs.cancel, target],
      [CommandIDs.cancel, target]
    ]);
    await becomes(FAILED);
    expect(manager.running({ mode: 'list' })).toEqual([]);
  });

  it('is there for a build that is not the newest of its environment', async () => {
    const add = jest.fn<void, [IRunningSessions.IManager]>();
    const managers = { add } as unknown as IRunningSessionManagers;
    client.queued = [queued(environment(), { id: 7, status: 'BUILDING' })];
    await running.activate(app, store, nullTranslator, managers);
    await settled();
    expect(add).not.toHaveBeenCalled();
    stream.tell({ seq: null, kind: 'progress', build_id: 7 });
    await waitFor(() => expect(add).toHaveBeenCalledTimes(1));
    add.mock.calls[0]?.[0].shutdownAll();
    expect(executed).toEqual([[CommandIDs.cancel, { ...TARGET, buildId: 7 }]]);
  });
});

describe('the file browser', () => {
  let name: string;

  beforeEach(() =>
    files.activate(app, nullTranslator, {
      tracker: {
        currentWidget: {
          *selectedItems() {
            yield { name, path: `work/${name}` };
          }
        }
      }
    } as unknown as IFileBrowserFactory)
  );

  it.each([
    'environment.yml',
    'environment-dev.yaml',
    'my-env.yml',
    'conda-lock.yml',
    'requirements.txt',
    'requirements-dev.in',
    'pixi.toml',
    'pixi.lock',
    'pyproject.toml'
  ])('builds %s', async file => {
    name = file;
    expect(commands.isVisible(CommandIDs.buildFile, {})).toBe(true);
    await commands.execute(CommandIDs.buildFile, {});
    expect(executed).toEqual([
      [CommandIDs.importFile, { path: `work/${file}` }]
    ]);
  });

  it('builds nothing for who may build nowhere, and says why', () => {
    name = 'environment.yml';
    let isEnabled = true;
    commands.addCommand(CommandIDs.create, {
      caption: 'Not you.',
      describedBy: { args: {} },
      isEnabled: () => isEnabled,
      execute: () => undefined
    });
    expect(commands.isEnabled(CommandIDs.buildFile)).toBe(true);
    expect(commands.caption(CommandIDs.buildFile)).toBe(
      'Begin a new environment with this file'
    );
    isEnabled = false;
    expect(commands.isVisible(CommandIDs.buildFile)).toBe(true);
    expect(commands.isEnabled(CommandIDs.buildFile)).toBe(false);
    expect(commands.caption(CommandIDs.buildFile)).toBe('Not you.');
    const args = { isDenial: true };
    expect(commands.isVisible(CommandIDs.buildFile, args)).toBe(true);
    expect(commands.isEnabled(CommandIDs.buildFile, args)).toBe(false);
    expect(commands.label(CommandIDs.buildFile, args)).toBe('Not you.');
    isEnabled = true;
    expect(commands.isVisible(CommandIDs.buildFile, args)).toBe(false);
    isEnabled = false;
    name = 'notes.txt';
    expect(commands.isVisible(CommandIDs.buildFile, args)).toBe(false);
  });

  it.each(['docker-compose.yml', 'notes.txt', 'a.ipynb', 'environments'])(
    'leaves %s alone',
    file => {
      name = file;
      expect(commands.isVisible(CommandIDs.buildFile, {})).toBe(false);
    }
  );
});

describe('notices', () => {
  async function end(state: 'COMPLETED' | 'FAILED'): Promise<string[]> {
    await notifications.activate(app, store, nullTranslator, null);
    await becomes(environment({ published: false }));
    // The browser has not heard of it yet.
    client.items = [environment({ kernels: [kernel()] })];
    client.stored = [build({ status: state })];
    store.followed.add(1);
    await store.followed.recheck();
    await waitFor(() => expect(Notification.manager.count).toBe(1));
    const [notice] = Notification.manager.notifications;
    notice?.options.actions?.forEach(({ callback }) =>
      callback(new MouseEvent('click'))
    );
    return notice?.options.actions?.map(({ label }) => label) ?? [];
  }

  it('offer what one does with a new build', async () => {
    const notebook = new FakeNotebook('a.ipynb');
    // Nothing is lost that would be asked about.
    notebook.sessionContext.session.kernel = null;
    const tracker = {
      currentWidget: notebook,
      currentChanged: new Signal({})
    } as unknown as INotebookTracker;
    await notebooks.activate(app, store, nullTranslator, tracker);
    expect(await end('COMPLETED')).toEqual([
      'Use Here',
      'New Notebook',
      'Open'
    ]);
    notebook.dispose();
  });

  it('offer the log of a failure, and to mend it', async () => {
    expect(await end('FAILED')).toEqual(['Show Log', 'Edit and Retry']);
    expect(executed).toEqual([
      [CommandIDs.open, { ...TARGET, buildId: 1, tab: 'log' }],
      [CommandIDs.edit, { ...TARGET, buildId: 1, retry: true }]
    ]);
  });
});
