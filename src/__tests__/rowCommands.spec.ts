import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { addRowCommands, keepFocus } from '../plugins/rowCommands';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  settled
} from './fixtures';

const TARGET = { namespace: 'me', name: 'analysis' };

describe('the commands of rows', () => {
  let client: FakeClient;
  let store: EnvStore;
  let commands: CommandRegistry;
  let runs: [string, unknown][];
  let sent: unknown[];
  let hit: HTMLElement | undefined;

  /** Commands of JupyterLab's and of other plugins. */
  function offer(...ids: string[]): void {
    for (const id of ids) {
      commands.addCommand(id, {
        describedBy: { args: {} },
        execute: args => {
          runs.push([id, args]);
          return {
            content: { session: { send: (what: unknown) => sent.push(what) } }
          };
        }
      });
    }
  }

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [
      environment({ kernels: [kernel()], prefix: "/it's/envs/analysis" })
    ];
    client.stored = [build()];
    const stream = new FakeStream();
    client.bus = stream;
    store = new EnvStore({ client, stream });
    await store.load();
    commands = new CommandRegistry();
    runs = [];
    sent = [];
    hit = undefined;
    const app = {
      commands,
      shell: { currentWidget: null },
      contextMenuHitTest: () => hit
    } as unknown as JupyterFrontEnd;
    addRowCommands(app, store, nullTranslator.load('jupyter_envstore'));
  });

  afterEach(() => {
    Dialog.flush();
    store.dispose();
  });

  it('are there only where JupyterLab has what they need', () => {
    expect(commands.isVisible(CommandIDs.newConsole, TARGET)).toBe(false);
    expect(commands.isVisible(CommandIDs.openTerminal, TARGET)).toBe(false);
    offer('console:create', 'terminal:create-new');
    expect(commands.isVisible(CommandIDs.newConsole, TARGET)).toBe(true);
    expect(commands.isVisible(CommandIDs.openTerminal, TARGET)).toBe(true);
  });

  it('say why others are disabled, where they are', async () => {
    expect(commands.isVisible(CommandIDs.denial, TARGET)).toBe(false);
    client.held.entity_permissions = { '*/*': [] };
    await store.load();
    expect(commands.isVisible(CommandIDs.denial, TARGET)).toBe(true);
    expect(commands.isEnabled(CommandIDs.denial, TARGET)).toBe(false);
    expect(commands.label(CommandIDs.denial, TARGET)).toBe(
      'Your role in namespace me does not allow this.'
    );
  });

  it('say why nothing can be made in a namespace', async () => {
    hit = document.createElement('div');
    hit.dataset.namespace = 'me';
    const args = { isRow: true };
    client.held.entity_permissions = { 'me/demo-*': ['environment:create'] };
    await store.load();
    expect(commands.isVisible(CommandIDs.denial, args)).toBe(false);
    client.held.entity_permissions = { '*/*': ['environment::update'] };
    await store.load();
    expect(commands.isVisible(CommandIDs.denial, args)).toBe(true);
  });

  it('give the focus back to the row whose menu is closed', async () => {
    const row = document.body.appendChild(document.createElement('div'));
    row.className = 'jp-EnvStore-row';
    row.tabIndex = -1;
    const aboutToClose = new Signal<unknown, void>({});
    keepFocus({
      contextMenu: { menu: { aboutToClose } },
      contextMenuHitTest: (is: (node: HTMLElement) => boolean) => [row].find(is)
    } as unknown as JupyterFrontEnd);
    const close = async (): Promise<void> => {
      aboutToClose.emit();
      await new Promise(requestAnimationFrame);
    };
    await close();
    expect(document.activeElement).toBe(row);
    row.blur();
    row.className = 'jp-DirListing-item';
    await close();
    expect(document.activeElement).toBe(document.body);
    row.remove();
  });

  it('open a console on the kernel of the current build', async () => {
    offer('console:create');
    await commands.execute(CommandIDs.newConsole, TARGET);
    expect(runs).toEqual([
      [
        'console:create',
        { activate: true, kernelPreference: { name: kernel().name } }
      ]
    ]);
  });

  it('activate the environment in a terminal, whatever its path is called', async () => {
    offer('terminal:create-new');
    await commands.execute(CommandIDs.openTerminal, TARGET);
    expect(sent).toEqual([
      {
        type: 'stdin',
        content: [
          expect.stringMatching(/^conda activate '\/it'\\''s\/envs\/analysis' /)
        ]
      }
    ]);
  });

  it('look for updates of what is being written, or else of the newest build', async () => {
    offer(CommandIDs.solve);
    commands.addCommand(CommandIDs.edit, {
      describedBy: { args: {} },
      execute: args => (args.name === 'analysis' ? 'draft-1' : undefined)
    });
    await commands.execute(CommandIDs.lookForUpdates, TARGET);
    expect(runs).toEqual([[CommandIDs.solve, { draft: 'draft-1' }]]);
  });

  it('begin a copy under another name', async () => {
    client.items = [environment({ text: 'name: analysis # mine\n' })];
    await store.environments.refresh();
    offer(CommandIDs.create);
    await commands.execute(CommandIDs.duplicate, TARGET);
    expect(runs).toEqual([
      [
        CommandIDs.create,
        {
          text: 'name: analysis-copy # mine\n',
          isChanged: true,
          namespace: 'me'
        }
      ]
    ]);
  });

  it('begin a copy of a lockfile as one, whose text stays', async () => {
    const text = '@EXPLICIT\nhttps://host/numpy-2-0.conda\n';
    client.items = [environment({ text, description: 'Arrays' })];
    await store.environments.refresh();
    offer(CommandIDs.create);
    await commands.execute(CommandIDs.duplicate, TARGET);
    const lockfile = {
      kind: 'explicit',
      name: 'analysis-copy',
      description: 'Arrays'
    };
    expect(runs).toEqual([
      [CommandIDs.create, { text, lockfile, isChanged: true, namespace: 'me' }]
    ]);
  });

  it('change the description that is asked for', async () => {
    const done = commands.execute(CommandIDs.describe, TARGET);
    await settled();
    const input = document.querySelector<HTMLInputElement>('.jp-Dialog input');
    expect(input?.value).toBe(environment().description);
    expect(input?.labels?.[0]?.textContent).toBe('Description of analysis');
    if (input) {
      input.value = 'For everybody';
    }
    document.querySelector<HTMLElement>('.jp-Dialog .jp-mod-accept')?.click();
    await done;
    expect(client.calls).toContain('describe me/analysis For everybody');
  });

  it('change the description that is given', async () => {
    const description = 'For everybody';
    await commands.execute(CommandIDs.describe, { ...TARGET, description });
    expect(client.calls).toContain('describe me/analysis For everybody');
    expect(await commands.describedBy(CommandIDs.describe)).toMatchObject({
      args: { properties: { description: { type: 'string' } } }
    });
  });

  it('are disabled, and say why, without a build or a server', async () => {
    client.items = [environment({ published: false, prefix: null })];
    await store.environments.refresh();
    expect(commands.isEnabled(CommandIDs.copyPath, TARGET)).toBe(false);
    expect(commands.caption(CommandIDs.copyPath, TARGET)).toMatch(/No build/);
    expect(commands.isEnabled(CommandIDs.describe, TARGET)).toBe(true);
    store.environments.fail(
      new EnvStoreError({ kind: 'unreachable', message: 'gone' })
    );
    for (const id of [CommandIDs.describe, CommandIDs.duplicate]) {
      expect(commands.isEnabled(id, TARGET)).toBe(false);
      expect(commands.caption(id, TARGET)).toBe(
        'The server cannot be reached.'
      );
    }
  });
});
