import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { links } from '../plugins/links';
import { environment, FakeClient, FakeStream } from './fixtures';

describe('the links plugin', () => {
  let store: EnvStore;
  let executed: [string, unknown][];

  /** Load the page at an address, with a document in front. */
  async function visit(search: string): Promise<void> {
    window.history.replaceState(null, '', search);
    const commands = new CommandRegistry();
    for (const id of [CommandIDs.open, CommandIDs.edit]) {
      commands.addCommand(id, {
        label: id,
        describedBy: { args: {} },
        execute: args => void executed.push([id, args])
      });
    }
    const app = {
      commands,
      restored: Promise.resolve(),
      shell: { currentWidget: null },
      serviceManager: {}
    } as unknown as JupyterFrontEnd;
    await links.activate(app, store, nullTranslator);
    // The code that reads links is loaded with the first of them.
    await new Promise(resolve => setTimeout(resolve, 50));
  }

  beforeEach(async () => {
    const client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    executed = [];
  });

  afterEach(() => {
    window.history.replaceState(null, '', '?');
    Notification.dismiss();
    store.dispose();
  });

  it('opens the environment that a link names', async () => {
    await visit('?envstore=me/analysis');
    expect(executed).toEqual([
      [CommandIDs.open, { namespace: 'me', name: 'analysis' }]
    ]);
    expect(Notification.manager.count).toBe(0);
  });

  it.each([
    'envstore=nonsense',
    'envstore=a/b/c',
    'envstore=open',
    'envstore=edit&namespace=me'
  ])('says that a link names none: %s', async search => {
    await visit(`?${search}`);
    expect(
      Notification.manager.notifications.map(({ message }) => message)
    ).toEqual(['The link names no environment.']);
    expect(executed).toEqual([]);
  });
});
