import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { UserInterfaceProvider } from '../components/context';
import { adoptBuilds } from '../detail/adoptionReport';
import { EnvStore } from '../model/store';
import { DoubtBanner } from '../panel/doubtBanner';
import { adoption } from '../plugins/adoption';
import { FakeClient, FakeStream, settled } from './fixtures';
import { renderWithCommands } from './render';

const DOUBT = 'The database does not know all builds of its store.';

/** Press a button of the dialog with a title. */
async function press(title: string, label: string): Promise<void> {
  await screen.findByText(title);
  const button = [
    ...document.querySelectorAll<HTMLElement>('.jp-Dialog button')
  ].find(node => node.textContent === label);
  fireEvent.click(button as HTMLElement);
  await settled();
}

describe('a database that may have lost builds', () => {
  let client: FakeClient;
  let store: EnvStore;

  beforeEach(async () => {
    client = new FakeClient();
    client.doubt = DOUBT;
    client.lost = [
      {
        build_id: 7,
        namespace: 'me',
        environment: 'analysis',
        prefix: '/store/me/key',
        former_id: null,
        current: true
      }
    ];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    client.calls.length = 0;
  });

  afterEach(() => {
    Dialog.flush();
    store.dispose();
  });

  it('is told of until it is settled', async () => {
    renderWithCommands(<DoubtBanner store={store} />);
    expect(screen.getByRole('alert')).toHaveTextContent(DOUBT);
    expect(
      screen.getByRole('button', { name: CommandIDs.adopt })
    ).not.toHaveAttribute('aria-disabled');
    await act(async () => {
      await store.adopt(false);
    });
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('is told of when it comes up later', async () => {
    client.doubt = null;
    await store.resync();
    renderWithCommands(<DoubtBanner store={store} />);
    expect(screen.queryByRole('alert')).toBeNull();
    client.doubt = DOUBT;
    await act(() => store.resync());
    expect(screen.getByRole('alert')).toHaveTextContent(DOUBT);
  });

  describe('the command', () => {
    let commands: CommandRegistry;

    beforeEach(async () => {
      commands = new CommandRegistry();
      const app = { commands } as unknown as JupyterFrontEnd;
      await adoption.activate(app, store, nullTranslator);
    });

    it('shows what it would do, does it and reports', async () => {
      const done = commands.execute(CommandIDs.adopt);
      await screen.findByText('Build 7 of me/analysis, current');
      expect(client.calls).toEqual(['previewAdoption']);
      await press('Adopt builds?', 'Adopt Builds');
      await screen.findByText('1 build is known again.');
      expect(client.calls).toContain('adopt');
      await press('Adopted builds', 'Close');
      await done;
      expect(store.info?.doubt).toBeNull();
    });

    it('is for administrators of the store, and the banner says so', async () => {
      client.held.entity_permissions['*/*'] = ['setting::read'];
      await store.load();
      const trans = nullTranslator.load('jupyter_envstore');
      render(
        <UserInterfaceProvider value={{ trans, commands }}>
          <DoubtBanner store={store} />
        </UserInterfaceProvider>
      );
      const button = screen.getByRole('button', { name: 'Adopt Builds' });
      expect(button).toHaveAccessibleDescription(/^Only administrators/);
      client.held.entity_permissions['*/*'].push('setting::update');
      await act(() => store.load());
      expect(button).not.toHaveAttribute('aria-disabled');
    });

    it('does nothing that was not agreed to', async () => {
      const done = commands.execute(CommandIDs.adopt);
      await press('Adopt builds?', 'Cancel');
      await done;
      expect(client.calls).toEqual(['previewAdoption']);
    });
  });
});

it('tells what is left, what is gone and what is still in doubt', async () => {
  const done = adoptBuilds(
    async isPreview => ({
      dry_run: isPreview,
      adopted: [],
      left: [
        {
          prefix: '/store/me/other',
          reason: 'It was never finished.',
          removed: false
        },
        { prefix: '/store/me/half', reason: 'It is empty.', removed: true }
      ],
      missing: [4],
      doubt: DOUBT
    }),
    nullTranslator.load('')
  );
  // jsdom cannot open dialogs, which leaves them hidden.
  const list = (name: string): HTMLElement =>
    screen.getByRole('list', { name, hidden: true });
  await screen.findByText(/^There is no build on disk/);
  expect(list('Gone')).toHaveTextContent(
    'The files of build 4 are gone; it would be taken from the lists.'
  );
  expect(screen.queryByText(DOUBT)).toBeNull();
  await press('Adopt builds?', 'Adopt Builds');
  await screen.findByText('There is no build that the database does not know.');
  expect(list('Left as they are')).toHaveTextContent(
    '/store/me/other It was never finished.'
  );
  expect(list('Removed')).toHaveTextContent('/store/me/half It is empty.');
  expect(list('Gone')).toHaveTextContent(
    'The files of build 4 are gone; it was taken from the lists.'
  );
  expect(screen.getByRole('alert', { hidden: true })).toHaveTextContent(DOUBT);
  await press('Adopted builds', 'Close');
  await done;
});
