import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { fireEvent, screen } from '@testing-library/dom';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { commands as commandsPlugin } from '../plugins/commands';
import { kernels as kernelsPlugin } from '../plugins/kernels';
import { notifications as notificationsPlugin } from '../plugins/notifications';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  settled
} from './fixtures';

const TARGET = { namespace: 'me', name: 'analysis' };

/** The dialog in front; waits for it to be drawn. */
function dialog(): Promise<HTMLElement> {
  // jsdom cannot open dialogs, which leaves them hidden.
  return screen.findByRole('dialog', { hidden: true });
}

function press(name: string): void {
  const button = [
    ...document.querySelectorAll<HTMLElement>('.jp-Dialog button')
  ].find(node => node.textContent === name);
  if (!button) {
    throw new Error(`The dialog has no button ${name}.`);
  }
  fireEvent.click(button);
}

describe('commands', () => {
  let client: FakeClient;
  let stream: FakeStream;
  let store: EnvStore;
  let commands: CommandRegistry;
  let hit: HTMLElement | undefined;
  let opened: [string, unknown][];
  let known: string[];

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment()];
    client.stored = [build()];
    stream = new FakeStream();
    store = new EnvStore({ client, stream });
    await store.load();
    client.calls.length = 0;
    commands = new CommandRegistry();
    opened = [];
    known = [];
    hit = undefined;
    for (const id of [
      CommandIDs.open,
      CommandIDs.edit,
      'notebook:create-new'
    ]) {
      commands.addCommand(id, {
        describedBy: { args: {} },
        execute: args => void opened.push([id, args])
      });
    }
    const app = {
      commands,
      shell: { currentWidget: null },
      contextMenuHitTest: () => hit,
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
    await commandsPlugin.activate(app, store, nullTranslator);
    await kernelsPlugin.activate(app, store, nullTranslator);
    await notificationsPlugin.activate(app, store, nullTranslator, null);
  });

  afterEach(() => {
    Dialog.flush();
    Notification.dismiss();
    store.dispose();
  });

  it('describes the arguments of every command', async () => {
    for (const id of Object.values(CommandIDs)) {
      if (
        commands.hasCommand(id) &&
        ![CommandIDs.open, CommandIDs.edit].includes(id)
      ) {
        const { args } = await commands.describedBy(id);
        expect(args).toMatchObject({ type: 'object' });
        expect(commands.caption(id, TARGET)).not.toBe('');
      }
    }
  });

  it('finds the environment under the context menu', async () => {
    expect(commands.isEnabled(CommandIDs.rebuild, {})).toBe(false);
    hit = document.createElement('div');
    hit.dataset.namespace = 'me';
    hit.dataset.name = 'analysis';
    // A menu that was closed since is not meant.
    expect(commands.isEnabled(CommandIDs.rebuild, {})).toBe(false);
    expect(commands.isEnabled(CommandIDs.rebuild, { isRow: true })).toBe(true);
    await commands.execute(CommandIDs.rebuild, { isRow: true });
    // The current build is meant, whichever is the newest.
    await commands.execute(CommandIDs.pinKernel, { isRow: true });
    expect(client.calls).toContain('pinKernel 1 true');
    expect(client.calls).toContain('rebuild 1');
    expect(opened).toEqual([[CommandIDs.open, TARGET]]);
  });

  it('finds the build under the context menu', async () => {
    hit = document.createElement('li');
    Object.assign(hit.dataset, { ...TARGET, build: '3' });
    await commands.execute(CommandIDs.cancel, { isRow: true });
    expect(client.calls).toContain('cancel 3');
  });

  it('deletes nothing unless the user agrees', async () => {
    const run = commands.execute(CommandIDs.deleteEnvironment, TARGET);
    const node = await dialog();
    expect(node).toHaveTextContent('all its builds and its kernel');
    press('Cancel');
    await run;
    expect(client.count('deleteEnvironment')).toBe(0);
  });

  it('does not delete when Enter is pressed', async () => {
    const run = commands.execute(CommandIDs.deleteEnvironment, TARGET);
    await dialog();
    expect(document.activeElement).toHaveTextContent('Cancel');
    press('Cancel');
    await run;
  });

  it('deletes when the user agrees', async () => {
    const run = commands.execute(CommandIDs.deleteEnvironment, TARGET);
    await dialog();
    press('Delete Environment');
    await run;
    expect(client.calls).toContain('deleteEnvironment me/analysis');
    expect(store.environments.get('me', 'analysis')).toBeNull();
  });

  it('does not offer to delete what is pinned or in use', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const kernel = { name: 'k', namespace: 'me', environment: 'analysis' };
    client.running = [
      { ...kernel, kernel_id: 'a', build_id: 3 },
      { ...kernel, kernel_id: 'b', build_id: 4, environment: 'other' }
    ];
    client.stored = [build(), build({ id: 2, pinned: true }), build({ id: 3 })];
    const refused = async (id: string, buildId?: number): Promise<string> => {
      const run = commands.execute(id, {
        ...TARGET,
        ...(buildId && { buildId })
      });
      const text = (await dialog()).textContent ?? '';
      press('Close');
      await run;
      return text;
    };
    expect(await refused(CommandIDs.deleteEnvironment)).toBe(
      'The environment cannot be deletedBuild 2: pinned\nBuild 3: in use nowClose'
    );
    expect(await refused(CommandIDs.deleteBuild, 3)).toBe(
      'The build cannot be deletedBuild 3: in use nowClose'
    );
    expect(client.count('delete')).toBe(0);
    warn.mockRestore();
  });

  it('gives the reason and the hint of a refusal', async () => {
    // JupyterLab writes to the console what its dialog shows.
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    client.failure = new EnvStoreError({
      kind: 'refused',
      status: 409,
      message: 'Build 1 is used by demo.ipynb.',
      hint: 'Shut its kernel down first.'
    });
    const run = commands.execute(CommandIDs.deleteBuild, {
      ...TARGET,
      buildId: 1
    });
    await dialog();
    press('Delete Build');
    await settled();
    const node = await screen.findByText(/used by demo.ipynb/);
    expect(node).toHaveTextContent('Shut its kernel down first.');
    press('Close');
    await run;
    warn.mockRestore();
  });

  it('pins a build, and lets no pinned one be deleted', async () => {
    const target = { ...TARGET, buildId: 1 };
    await commands.execute(CommandIDs.pin, target);
    await commands.execute(CommandIDs.unpin, target);
    expect(client.calls).toEqual(['pinBuild 1', 'unpinBuild 1']);
    expect(commands.isEnabled(CommandIDs.pin, TARGET)).toBe(false);
    expect(commands.isEnabled(CommandIDs.deleteBuild, target)).toBe(true);
    const pinned = { ...target, isPinned: true };
    expect(commands.isEnabled(CommandIDs.deleteBuild, pinned)).toBe(false);
    expect(commands.caption(CommandIDs.deleteBuild, pinned)).toContain(
      'It is pinned'
    );
  });

  it('lets only a running build be canceled', async () => {
    expect(commands.isEnabled(CommandIDs.cancel, TARGET)).toBe(false);
    client.items = [
      environment({ latest_build: build({ id: 2, status: 'BUILDING' }) })
    ];
    await store.environments.refresh();
    expect(commands.isEnabled(CommandIDs.cancel, TARGET)).toBe(true);
    await commands.execute(CommandIDs.cancel, TARGET);
    expect(client.calls).toContain('cancel 2');
    // Shown at once, whether or not an event comes.
    const { latest_build: latest } = store.environments.environments[0] ?? {};
    expect(latest?.cancel_requested).toBe(true);
    expect(commands.isEnabled(CommandIDs.cancel, TARGET)).toBe(false);
  });

  it('says why the role of a user does not allow a command', async () => {
    const { entity_permissions: held } = client.held;
    client.held = {
      ...client.held,
      entity_permissions: { 'other/*': held['*/*'] ?? [] }
    };
    await store.load();
    for (const id of [CommandIDs.rebuild, CommandIDs.deleteEnvironment]) {
      expect(commands.isEnabled(id, TARGET)).toBe(false);
      expect(commands.caption(id, TARGET)).toBe(
        'Your role in namespace me does not allow this.'
      );
    }
  });

  it('pins the kernel of a build, and lists kernels anew', async () => {
    let changes = 0;
    store.kernelsChanged.connect(() => (changes += 1));
    await commands.execute(CommandIDs.pinKernel, { ...TARGET, buildId: 1 });
    await commands.execute(CommandIDs.unpinKernel, { ...TARGET, buildId: 1 });
    expect(client.count('pinKernel')).toBe(2);
    expect(client.calls).toContain('pinKernel 1 true');
    expect(client.calls).toContain('pinKernel 1 false');
    expect(changes).toBe(2);
  });

  it('makes the build that was named current, and the former one again', async () => {
    const published = build({ id: 2 });
    client.items = [environment({ published_build: published })];
    await store.load();
    await commands.execute(CommandIDs.makeCurrent, { ...TARGET, buildId: 1 });
    expect(client.calls).toContain('switchTo me/analysis 1');
    const [told] = Notification.manager.notifications;
    expect(told?.message).toBe('Build 1 of analysis is current.');
    const [undo] = told?.options.actions ?? [];
    expect(undo?.label).toBe('Undo');
    undo?.callback(new MouseEvent('click'));
    await settled();
    expect(client.calls).toContain('switchTo me/analysis 2');
  });

  it('opens a notebook on the kernel, once JupyterLab knows it', async () => {
    client.items = [environment({ kernels: [kernel()] })];
    client.offered = [kernel()];
    await commands.execute(CommandIDs.newNotebook, TARGET);
    expect(known).toEqual([kernel().name]);
    expect(opened).toEqual([
      ['notebook:create-new', { kernelName: kernel().name }]
    ]);
  });

  it('offers to add ipykernel where there is no kernel', async () => {
    const run = commands.execute(CommandIDs.newNotebook, TARGET);
    await dialog();
    press('Add ipykernel');
    await run;
    expect(opened).toEqual([
      [CommandIDs.edit, { ...TARGET, dependency: 'ipykernel' }]
    ]);
  });

  it('opens no notebook before a build is ready', () => {
    client.items = [environment({ published: false })];
    return store.environments.refresh().then(() => {
      expect(commands.isEnabled(CommandIDs.newNotebook, TARGET)).toBe(false);
    });
  });

  it('tells of a build that was asked for here, and what can be done', async () => {
    await commands.execute(CommandIDs.rebuild, TARGET);
    stream.tell({ seq: 1, build_id: 2, status: 'COMPLETED' });
    await settled();
    const [notification] = Notification.manager.notifications;
    expect(notification?.message).toBe('analysis is ready (build 2).');
    expect(notification?.options.actions?.map(({ label }) => label)).toEqual([
      'New Notebook',
      'Open'
    ]);
  });

  it('does not trouble the user with the builds of others', async () => {
    stream.tell({ seq: 1, build_id: 9, status: 'FAILED' });
    await settled();
    expect(Notification.manager.count).toBe(0);
  });
});
