import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { EnvStoreError } from '../api/errors';
import type { IUpkeep } from '../api/types';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { addUpkeepCommands } from '../plugins/upkeepCommands';
import { environment, FakeClient, FakeStream, upkeep } from './fixtures';

const TARGET = { namespace: 'me', name: 'analysis', buildId: 1 };

const FOUND: IUpkeep['inspection'] = {
  intact: false,
  files: 40,
  size: 1000,
  counts: { changed: 1, missing: 2, added: 0 },
  deviations: [
    { path: 'bin/tool', kind: 'changed', detail: '', package: null }
  ],
  mended: [],
  notes: []
};

/** The notification that is there. */
function told(): Notification.INotification {
  const [first, second] = Notification.manager.notifications;
  expect(second).toBeUndefined();
  if (!first) {
    throw new Error('Nothing was told.');
  }
  return first;
}

function labels(): string[] {
  return (told().options.actions ?? []).map(({ label }) => label);
}

describe('upkeep commands', () => {
  let client: FakeClient;
  let store: EnvStore;
  let commands: CommandRegistry;

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    client.calls.length = 0;
    commands = new CommandRegistry();
    const app = {
      commands,
      shell: { currentWidget: null },
      contextMenuHitTest: () => undefined
    } as unknown as JupyterFrontEnd;
    addUpkeepCommands(app, store, nullTranslator.load(''));
    commands.addCommand(CommandIDs.makeCurrent, {
      label: 'Make Current',
      describedBy: { args: {} },
      execute: () => undefined
    });
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'performance'] });
  });

  afterEach(() => {
    jest.useRealTimers();
    Notification.dismiss();
    Dialog.flush();
    store.dispose();
  });

  /** Run a command to the end, as the server's next answer has it. */
  async function run(id: string, ended: Partial<IUpkeep> = {}): Promise<void> {
    client.lookedAfter = upkeep(ended);
    const running = commands.execute(id, TARGET);
    await jest.advanceTimersByTimeAsync(0);
    if (id !== CommandIDs.shelve) {
      expect(told().type).toBe('in-progress');
      expect(labels()).toEqual(['Cancel']);
    }
    await jest.advanceTimersByTimeAsync(2000);
    await running;
  }

  it('tells that nothing has changed', async () => {
    await run(CommandIDs.verify, {
      inspection: {
        ...FOUND,
        intact: true,
        counts: { changed: 0, missing: 0, added: 0 },
        deviations: []
      }
    });
    expect(client.calls).toContain('beginUpkeep 1 verify');
    expect(told().type).toBe('success');
    expect(told().message).toContain('as it was built: 40 files');
  });

  it('offers to repair what a verification has found', async () => {
    await run(CommandIDs.verify, { inspection: FOUND });
    expect(told().type).toBe('warning');
    expect(told().message).toContain(
      '1 file changed, 2 missing, 0 added, such as bin/tool'
    );
    expect(labels()).toEqual(['Repair']);
    told().options.actions?.[0]?.callback(new MouseEvent('click'));
    await jest.advanceTimersByTimeAsync(0);
    expect(client.calls).toContain('beginUpkeep 1 repair');
  });

  it('does not offer to repair what was only added', async () => {
    await run(CommandIDs.verify, {
      inspection: { ...FOUND, counts: { changed: 0, missing: 0, added: 3 } }
    });
    expect(told().type).toBe('warning');
    expect(labels()).toEqual([]);
  });

  it('tells why a build cannot come back, and what to do', async () => {
    client.lookedAfter = upkeep({
      task: 'restore',
      state: 'failed',
      failure: {
        kind: 'network',
        message: 'The channel is gone.',
        hint: 'Try again.',
        explanation: null,
        problems: [],
        suggestions: []
      }
    });
    const running = commands.execute(CommandIDs.restore, TARGET);
    await jest.advanceTimersByTimeAsync(2000);
    expect(Notification.manager.notifications).toEqual([]);
    expect(document.body.textContent).toContain('The channel is gone.');
    expect(document.body.textContent).toContain('Try again.');
    Dialog.flush();
    await expect(running).rejects.toBeUndefined();
  });

  it('goes on when the server was out of reach for a moment', async () => {
    client.lookedAfter = upkeep({ task: 'restore' });
    const running = commands.execute(CommandIDs.restore, TARGET);
    await jest.advanceTimersByTimeAsync(0);
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'No answer.'
    });
    await jest.advanceTimersByTimeAsync(1500);
    client.failure = null;
    await jest.advanceTimersByTimeAsync(1500);
    await running;
    expect(told().message).toBe('Build 1 is back, as it was.');
  });

  it('restores, and offers to make current what is back', async () => {
    const stale = jest.fn();
    store.stale.connect(stale);
    await run(CommandIDs.restore, { task: 'restore' });
    expect(client.calls).toContain('beginUpkeep 1 restore');
    expect(told().message).toBe('Build 1 is back, as it was.');
    expect(labels()).toEqual(['Make Current']);
    expect(stale).toHaveBeenCalled();
  });

  it('can be canceled', async () => {
    client.lookedAfter = upkeep({ state: 'canceled' });
    const running = commands.execute(CommandIDs.verify, TARGET);
    await jest.advanceTimersByTimeAsync(0);
    const click = new MouseEvent('click', { cancelable: true });
    told().options.actions?.[0]?.callback(click);
    // Else JupyterLab closes the notification.
    expect(click.defaultPrevented).toBe(true);
    await jest.advanceTimersByTimeAsync(2000);
    await running;
    expect(client.calls).toContain('endUpkeep 1');
    expect(told().message).toBe('It was canceled.');
  });

  it('shelves, and offers to take that back', async () => {
    await run(CommandIDs.shelve);
    expect(client.calls).toContain('shelve 1');
    expect(labels()).toEqual(['Restore']);
  });

  it('leaves nothing behind when the server refuses', async () => {
    client.failure = new EnvStoreError({
      kind: 'refused',
      message: 'Build 1 is being repaired.'
    });
    const running = commands.execute(CommandIDs.verify, TARGET);
    await jest.advanceTimersByTimeAsync(0);
    expect(Notification.manager.notifications).toEqual([]);
    expect(document.body.textContent).toContain('Build 1 is being repaired.');
    Dialog.flush();
    await expect(running).rejects.toBeUndefined();
  });

  it('says why it is disabled', () => {
    const pinned = { ...TARGET, isPinned: true };
    expect(commands.isEnabled(CommandIDs.shelve, TARGET)).toBe(true);
    expect(commands.isEnabled(CommandIDs.shelve, pinned)).toBe(false);
    expect(commands.caption(CommandIDs.shelve, pinned)).toContain('pinned');
    client.held.entity_permissions = {};
    expect(commands.isEnabled(CommandIDs.verify, TARGET)).toBe(false);
    expect(commands.caption(CommandIDs.verify, TARGET)).toContain(
      'does not allow'
    );
  });
});
