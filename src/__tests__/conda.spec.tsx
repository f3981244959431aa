import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { StateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { UserInterfaceProvider } from '../components/context';
import { CondaView } from '../detail/condaView';
import type { CondaModel } from '../model/conda';
import { EnvStore } from '../model/store';
import { conda } from '../plugins/conda';
import { condaOffer } from '../plugins/condaOffer';
import {
  build,
  condaConfig,
  environment,
  FakeClient,
  FakeStream,
  problem,
  settled
} from './fixtures';
import { renderWithCommands } from './render';

let client: FakeClient;
let stream: FakeStream;
let store: EnvStore;

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
  let model: CondaModel;

  async function show(): Promise<void> {
    model = await store.conda();
    await act(async () => {
      renderWithCommands(<CondaView model={model} />);
      await settled();
    });
  }

  afterEach(() => model.dispose());

  it('writes nothing before the change was shown and confirmed', async () => {
    const user = userEvent.setup();
    await show();
    await user.click(screen.getByRole('button', { name: 'Register me' }));
    expect(client.count('changeCondaConfig')).toBe(0);
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

  it('lets only those change the file who may change the store', async () => {
    client.held.entity_permissions['*/*'] = [];
    await store.load();
    const commands = new CommandRegistry();
    const app = { commands } as unknown as JupyterFrontEnd;
    await conda.activate(app, store, nullTranslator, null);
    expect(commands.isEnabled(CommandIDs.conda)).toBe(false);
    expect(commands.caption(CommandIDs.conda)).toContain('Only administrators');
    client.held.entity_permissions['*/*'].push('setting::read');
    await store.load();
    expect(commands.isEnabled(CommandIDs.conda)).toBe(true);
    model = await store.conda();
    const trans = nullTranslator.load('jupyter_envstore');
    render(
      <UserInterfaceProvider value={{ trans, commands }}>
        <CondaView model={model} />
      </UserInterfaceProvider>
    );
    await act(settled);
    const button = screen.getByRole('button', { name: 'Register me' });
    expect(button).toHaveAccessibleDescription(/^Only administrators/);
    await userEvent.click(button);
    expect(model.proposal).toBeNull();
    await act(() => model.propose('register', 'me'));
    expect(
      screen.getByRole('button', { name: 'Write the Change' })
    ).toHaveAccessibleDescription(/^Only administrators/);
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
    expect(button).toHaveAttribute('title', 'The file belongs to root.');
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
  let opened: string[];
  let isAutomatic: boolean;

  async function activate(): Promise<void> {
    const commands = new CommandRegistry();
    commands.addCommand(CommandIDs.conda, {
      describedBy: { args: {} },
      execute: () => void opened.push(CommandIDs.conda)
    });
    const settings = {
      load: async () => ({
        get: () => ({ user: undefined, composite: isAutomatic })
      })
    } as unknown as ISettingRegistry;
    await condaOffer.activate(
      { commands } as unknown as JupyterFrontEnd,
      store,
      nullTranslator,
      state,
      settings
    );
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

  beforeEach(() => {
    state = new StateDB();
    opened = [];
    isAutomatic = false;
  });

  afterEach(() => Notification.dismiss());

  function messages(): string[] {
    return Notification.manager.notifications.map(({ message }) => message);
  }

  it('asks once, in this session and in later ones', async () => {
    await activate();
    await endBuild('COMPLETED');
    const [question] = Notification.manager.notifications;
    expect(question?.message).toContain('does not find the environments of me');
    question?.options.actions?.[0]?.callback(new MouseEvent('click'));
    expect(opened).toEqual([CommandIDs.conda]);
    await endBuild('COMPLETED');
    await activate();
    await endBuild('COMPLETED');
    expect(messages()).toHaveLength(1);
    expect(client.count('changeCondaConfig')).toBe(0);
  });

  it('does not ask after a failure', async () => {
    await activate();
    await endBuild('FAILED');
    expect(client.count('condaConfig')).toBe(0);
    expect(messages()).toEqual([]);
  });

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

  it('registers without asking where the setting says so, but not twice', async () => {
    isAutomatic = true;
    await activate();
    await endBuild('COMPLETED');
    expect(messages()).toEqual(['Conda finds the environments of me now.']);
    // The user takes it out again.
    client.conda = condaConfig();
    await endBuild('COMPLETED');
    expect(client.count('changeCondaConfig')).toBe(1);
  });
});
