import { Notification } from '@jupyterlab/apputils';
import { StateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import type { CondaModel } from '../model/conda';
import { EnvStore } from '../model/store';
import { conda } from '../plugins/conda';
import { condaOffer } from '../plugins/condaOffer';
import {
  build,
  condaConfig,
  environment,
  FakeClient,
  FakeSettings,
  FakeStream,
  problem,
  settled
} from './fixtures';
import { Page } from './render';

let client: FakeClient;
let stream: FakeStream;
let store: EnvStore;

/** The user may do this with the whole store, and the browser knows. */
async function hold(...permissions: string[]): Promise<void> {
  client.held = { ...client.held, entity_permissions: { '*/*': permissions } };
  await store.load();
}

beforeEach(async () => {
  client = new FakeClient();
  client.items = [environment()];
  client.stored = [build()];
  stream = new FakeStream();
  store = new EnvStore({ client, stream });
  await store.load();
});

afterEach(() => store.dispose());

describe('CondaModel', () => {
  let model: CondaModel;

  beforeEach(async () => {
    model = await store.conda();
    await settled();
    client.calls.length = 0;
  });

  afterEach(() => model.dispose());

  it('shows a change before it is written, and writes it for that file', async () => {
    await model.propose('register', 'me');
    expect(client.calls).toEqual(['condaConfig me']);
    expect(model.proposal?.change.diff).toContain('+  - /store/me/envs');
    await model.confirm();
    expect(client.calls[1]).toBe('changeCondaConfig {"register":["me"]} first');
    expect(model.proposal).toBeNull();
    expect(model.outcome).toBe('written');
    expect(model.config?.namespaces.every(item => item.registered)).toBe(true);
  });

  it('shows the change anew when the file changed meanwhile', async () => {
    await model.propose('unregister', null);
    const later = { ...client.conda.unregister, diff: 'another one' };
    client.conda = condaConfig({ etag: 'second', unregister: later });
    await model.confirm();
    expect(model.outcome).toBe('conflict');
    expect(model.error).toBeNull();
    expect(model.proposal?.change.diff).toBe('another one');
    expect(client.conda.etag).toBe('second');
    await model.confirm();
    expect(model.outcome).toBe('written');
  });

  it('keeps the proposal when the change cannot be written', async () => {
    await model.propose('register', 'me');
    client.failure = new EnvStoreError({
      kind: 'refused',
      status: 400,
      message: 'The file is read-only.'
    });
    await model.confirm();
    expect(model.error?.message).toBe('The file is read-only.');
    expect(model.proposal).not.toBeNull();
    expect(model.isBusy).toBe(false);
  });

  it('reads again when an environment comes or goes', async () => {
    stream.tell({ seq: 1, kind: 'environment' });
    await settled();
    expect(client.count('condaConfig all')).toBe(1);
    stream.tell({ seq: 2, kind: 'build' });
    await settled();
    expect(client.count('condaConfig')).toBe(1);
  });
});

describe('CondaView', () => {
  let page: Page;

  beforeEach(async () => {
    page = new Page();
    await conda.activate(page.app, store, nullTranslator, null);
    await hold('setting::read', 'setting::update');
    client.calls.length = 0;
  });

  afterEach(() => page.close());

  async function show(): Promise<void> {
    await page.run(CommandIDs.conda);
    await screen.findByRole('region', { name: 'The file' });
  }

  it('writes nothing before the change was shown and confirmed', async () => {
    const user = userEvent.setup();
    await show();
    await user.click(screen.getByRole('button', { name: 'Register me' }));
    expect(client.calls).toEqual(['condaConfig all', 'condaConfig me']);
    const change = screen.getByRole('region', {
      name: 'Changes to /home/me/.condarc'
    });
    expect(change.querySelector('ins')).toHaveTextContent('+ - /store/me/envs');
    await user.click(screen.getByRole('button', { name: 'Write the Change' }));
    expect(client.count('changeCondaConfig')).toBe(1);
    expect(screen.getByRole('status')).toHaveTextContent('is written');
    expect(screen.getByRole('status')).toHaveFocus();
    expect(screen.queryByRole('button', { name: 'Register me' })).toBeNull();
  });

  it('forgets the change', async () => {
    const user = userEvent.setup();
    await show();
    await user.click(screen.getByRole('button', { name: 'Unregister All' }));
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(
      screen.queryByRole('button', { name: 'Write the Change' })
    ).toBeNull();
    expect(client.count('changeCondaConfig')).toBe(0);
    expect(screen.getByRole('status')).toHaveFocus();
    expect(screen.getByRole('status')).toHaveTextContent(
      'Nothing was written.'
    );
  });

  it('says that there is nothing to write', async () => {
    const user = userEvent.setup();
    const unregister = { ...client.conda.unregister, diff: '' };
    client.conda = condaConfig({ unregister });
    await show();
    await user.click(screen.getByRole('button', { name: 'Unregister All' }));
    expect(
      screen.getByRole('button', { name: 'Write the Change' })
    ).toHaveAccessibleDescription('Nothing would change.');
  });

  it.each([
    [CommandIDs.register, { namespace: 'me' }, 'me', 'Register me'],
    [CommandIDs.register, {}, 'all', 'Register me'],
    [CommandIDs.unregister, { namespace: 'team' }, 'team', 'Unregister team']
  ])(
    'is opened with the change that %s %j is about',
    async (id, args, asked, title) => {
      await page.run(id, args);
      const change = await screen.findByRole('region', { name: 'The change' });
      expect(change).toHaveTextContent(title);
      expect(client.calls.at(-1)).toBe(`condaConfig ${asked}`);
      expect(client.count('changeCondaConfig')).toBe(0);
      await page.run(CommandIDs.conda);
      expect(page.documents).toHaveLength(1);
    }
  );

  it('is changed at once where that is confirmed with the command', async () => {
    await page.run(CommandIDs.register, { namespace: 'me', isConfirmed: true });
    expect(client.calls.at(-1)).toBe(
      'changeCondaConfig {"register":["me"]} first'
    );
    expect(await screen.findByText(/is written\.$/)).toBeInTheDocument();
  });

  it.each([
    [CommandIDs.register, {}, 'Register All'],
    [CommandIDs.unregister, { namespace: 'me' }, 'Unregister'],
    [CommandIDs.register, { isPalette: true }, 'Register Namespaces With Conda']
  ])('calls %s with %j %s', (id, args, label) => {
    expect(page.commands.label(id, args)).toBe(label);
  });

  it('lets only those change the file who may change the store', async () => {
    await hold('setting::read');
    await show();
    const button = screen.getByRole('button', { name: 'Register me' });
    expect(button).toHaveAccessibleDescription(/^Only administrators/);
    await userEvent.click(button);
    expect(client.count('condaConfig me')).toBe(0);
    // Who asks for it all the same sees the change, and no more.
    await page.run(CommandIDs.register, { namespace: 'me' });
    const write = screen.getByRole('button', { name: 'Write the Change' });
    expect(write).toHaveAccessibleDescription(/^Only administrators/);
    await userEvent.click(write);
    expect(client.count('changeCondaConfig')).toBe(0);
  });

  it('opens nothing for who may not even read the settings', async () => {
    await hold();
    const { commands } = page;
    expect(commands.isEnabled(CommandIDs.conda)).toBe(false);
    expect(commands.caption(CommandIDs.conda)).toMatch(/^Only administrators/);
    // As a layout and a link do, which ask nobody.
    await page.run(CommandIDs.conda);
    await page.run(CommandIDs.register, { namespace: 'me' });
    expect(page.documents).toEqual([]);
    expect(client.count('condaConfig')).toBe(0);
  });

  it('says why the file cannot be changed, and offers no change', async () => {
    client.conda = condaConfig({
      problem: problem({ message: 'The file belongs to root.', hint: 'Ask.' })
    });
    await show();
    const file = screen.getByRole('region', { name: 'The file' });
    expect(file).toHaveTextContent('It cannot be changed.');
    expect(file).toHaveTextContent('The file belongs to root.');
    const button = screen.getByRole('button', { name: 'Register me' });
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAccessibleDescription('The file belongs to root.');
    await userEvent.click(button);
    expect(client.count('condaConfig me')).toBe(0);
  });

  it('tells the settings that builds use from the others, and why', async () => {
    client.conda = condaConfig({
      settings: [
        {
          name: 'channel_alias',
          value: 'https://mirror',
          sources: ['/etc/conda/.condarc'],
          reason: null
        },
        {
          name: 'client_ssl_cert',
          value: '/a/cert',
          sources: ['/home/me/.condarc'],
          reason: 'rattler cannot use it'
        }
      ],
      other_files: [
        { path: '/etc/conda/.condarc', envs_dirs: ['/opt/envs'], problem: null }
      ]
    });
    await show();
    // The table in it has the same name.
    const region = (name: string): HTMLElement =>
      screen.getAllByRole('region', { name })[0] as HTMLElement;
    expect(region('Settings that builds use')).toHaveTextContent(
      'channel_aliashttps://mirror/etc/conda/.condarc'
    );
    expect(region('Settings that builds do not use')).toHaveTextContent(
      'rattler cannot use it'
    );
    expect(region('Other configuration files')).toHaveTextContent('/opt/envs');
    expect(
      within(region('Settings that builds use')).queryByText('client_ssl_cert')
    ).toBeNull();
  });
});

describe('the offer to register a namespace', () => {
  let state: StateDB;
  let runs: [string, unknown][];
  let isAutomatic: boolean;

  async function activate(): Promise<void> {
    const { app, commands } = new Page();
    for (const id of [CommandIDs.conda, CommandIDs.register]) {
      commands.addCommand(id, {
        describedBy: { args: {} },
        execute: args => void runs.push([id, args])
      });
    }
    const { registry } = new FakeSettings({
      registerNewNamespaces: isAutomatic
    });
    await condaOffer.activate(app, store, nullTranslator, state, registry);
  }

  /** End a build that was asked for here, in the namespace `me`. */
  async function endBuild(status: 'COMPLETED' | 'FAILED'): Promise<void> {
    const { buildId } = await store.rebuild(1);
    stream.tell({ seq: null, build_id: buildId, status });
    // The state database answers in later turns of the event loop.
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(resolve => setTimeout(resolve));
    }
  }

  beforeEach(async () => {
    // Loaded before, it comes within the turns above.
    await import('../places/condaOffer');
    state = new StateDB();
    runs = [];
    isAutomatic = false;
    await hold('environment::update', 'setting::update');
  });

  afterEach(() => Notification.dismiss());

  function messages(): string[] {
    return Notification.manager.notifications.map(({ message }) => message);
  }

  /** Press a button of the only notification. */
  function press(name: string): void {
    const [told] = Notification.manager.notifications;
    const action = told?.options.actions?.find(({ label }) => label === name);
    action?.callback(new MouseEvent('click'));
  }

  it('asks once, in this session and in later ones', async () => {
    await activate();
    await endBuild('COMPLETED');
    expect(messages()).toEqual([
      'Conda does not find the environments of me yet. Shall it?'
    ]);
    press('Show');
    expect(runs).toEqual([[CommandIDs.register, { namespace: 'me' }]]);
    await endBuild('COMPLETED');
    await activate();
    await endBuild('COMPLETED');
    expect(messages()).toHaveLength(1);
    expect(client.count('changeCondaConfig')).toBe(0);
  });

  it('asks once where two builds end at the same time', async () => {
    await activate();
    await Promise.all([endBuild('COMPLETED'), endBuild('COMPLETED')]);
    expect(messages()).toHaveLength(1);
  });

  it('does not ask after a failure', async () => {
    await activate();
    await endBuild('FAILED');
    expect(client.count('condaConfig')).toBe(0);
    expect(messages()).toEqual([]);
  });

  it.each([
    ['of one namespace only', { 'me/*': ['setting::update'] }],
    ['of some environments only', { '*/x': ['setting::update'] }],
    ['to read only', { '*/*': ['setting::read'] }]
  ])(
    'asks nobody, nor the server, whose leave is %s',
    async (_, permissions) => {
      client.held = { ...client.held, entity_permissions: permissions };
      await store.load();
      await activate();
      await endBuild('COMPLETED');
      expect(client.count('condaConfig')).toBe(0);
      expect(messages()).toEqual([]);
    }
  );

  it('does not ask where conda knows the namespace, or cannot be told', async () => {
    client.conda = condaConfig({ problem: problem() });
    await activate();
    await endBuild('COMPLETED');
    client.conda = condaConfig({
      namespaces: [{ namespace: 'me', directory: '/d', registered: true }]
    });
    await endBuild('COMPLETED');
    expect(client.count('condaConfig me')).toBe(2);
    expect(messages()).toEqual([]);
  });

  it('asks at another occasion where it could not be found out', async () => {
    await activate();
    client.condaConfig = jest
      .fn(client.condaConfig.bind(client))
      .mockRejectedValueOnce(
        new EnvStoreError({ kind: 'unreachable', message: 'gone' })
      );
    await endBuild('COMPLETED');
    expect(client.condaConfig).toHaveBeenCalledTimes(1);
    expect(messages()).toEqual([]);
    await endBuild('COMPLETED');
    expect(messages()).toHaveLength(1);
  });

  it('registers without asking where the setting says so, but not twice', async () => {
    isAutomatic = true;
    await activate();
    await endBuild('COMPLETED');
    expect(messages()).toEqual(['Conda finds the environments of me now.']);
    press('Show');
    expect(runs).toEqual([[CommandIDs.conda, {}]]);
    // The user takes it out again.
    client.conda = condaConfig();
    await endBuild('COMPLETED');
    expect(client.count('changeCondaConfig')).toBe(1);
  });
});
