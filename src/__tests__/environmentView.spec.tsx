import { Menu } from '@lumino/widgets';
import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvironmentView } from '../detail/environmentView';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  namespace,
  settled
} from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

describe('the document of an environment', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment({ kernels: [kernel()] })];
    client.stored = [build()];
    store = new EnvStore({ client, stream: new FakeStream() });
    model = await store.open('me', 'analysis');
  });

  afterEach(() => {
    model.dispose();
    store.dispose();
  });

  async function show(runs: Run[] = []): Promise<void> {
    await act(async () => {
      renderWithCommands(
        <EnvironmentView model={model} factory={editorFactory()} />,
        runs
      );
      await settled();
    });
  }

  it('says that it is gone only when the list was read', async () => {
    await show();
    expect(model.isLoading).toBe(false);
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByRole('status', { name: 'Loading' })).toBeInTheDocument();
    await act(() => store.load());
    expect(screen.getByRole('tab', { name: 'Overview' })).toBeInTheDocument();
    expect(screen.queryByRole('alert')).toBeNull();
    await act(() => store.deleteEnvironment('me', 'analysis'));
    expect(screen.getByRole('alert')).toHaveTextContent(
      'There is no environment analysis in namespace me.'
    );
    expect(screen.queryByRole('status', { name: 'Loading' })).toBeNull();
  });

  it('does not say that there are no builds where they could not be read', async () => {
    await store.load();
    client.failure = new EnvStoreError({ kind: 'refused', message: 'busy' });
    await act(async () => {
      model.dispose();
      client.stored = [];
      model = await store.open('me', 'analysis');
      model.openTab('packages');
      await settled();
    });
    await show();
    expect(screen.getByRole('alert')).toHaveTextContent('busy');
    expect(screen.queryByText('It has no builds.')).toBeNull();
    client.failure = null;
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(screen.getByText('It has no builds.')).toBeInTheDocument();
  });

  it('says that a build is not one of its builds, until it is', async () => {
    await store.load();
    await show();
    await act(async () => {
      model.select(2 ** 52 + 9);
      await settled();
    });
    expect(screen.getByRole('alert')).toHaveTextContent(
      'Build 9 is not among the builds of analysis.'
    );
    expect(model.selected).toBeNull();
    client.stored.push(build({ id: 2 ** 52 + 9 }));
    await act(() => model.refresh());
    expect(screen.queryByRole('alert')).toBeNull();
    expect(model.selected?.id).toBe(2 ** 52 + 9);
  });

  it('names builds of another store as that one does', async () => {
    const shared = build({ id: 2 ** 52 + 24, published: true });
    client.items = [
      environment({ published_build: shared, latest_build: shared })
    ];
    client.stored = [shared];
    await store.load();
    model.openTab('log');
    await act(() => model.refresh());
    await show();
    expect(screen.getByText(/^Build 24 is current, from/)).toBeInTheDocument();
    expect(screen.getByRole('option')).toHaveTextContent(/^24 – current/);
    expect(document.body).not.toHaveTextContent(String(shared.id));
  });

  it('says so of a build that a link names', async () => {
    await store.load();
    await show();
    model.dispose();
    model = await store.open('me', 'analysis');
    model.select(7);
    await settled();
    expect(model.missingId).toBe(7);
    model.select(null);
    expect(model.missingId).toBeNull();
    expect(model.selected?.id).toBe(1);
  });

  it('has nodes of its own, whatever others are called', async () => {
    const names = [
      ['a-b', 'c'],
      ['a', 'b-c']
    ] as const;
    client.items = names.map(([of, name]) =>
      environment({ name, namespace: namespace(of) })
    );
    await store.load();
    for (const [of, name] of names) {
      model.dispose();
      model = await store.open(of, name);
      await show();
    }
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(4);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('groups what can be done, without the keys of a toolbar', async () => {
    await store.load();
    await show();
    expect(
      screen.getByRole('group', { name: 'Actions on analysis' })
    ).toContainElement(
      screen.getByRole('button', { name: CommandIDs.rebuild })
    );
    expect(screen.queryByRole('toolbar')).toBeNull();
  });

  it('says in words which tab has what was not built', async () => {
    await store.load();
    await show();
    await act(async () => {
      model.startDraft({ text: 'one', isChanged: true, baseId: 1 });
      await settled();
    });
    expect(
      screen.getByRole('tab', { name: 'Specification changed, not built yet' })
    ).toHaveTextContent('Specification ●');
  });

  it('is used in a notebook from its head', async () => {
    const runs: Run[] = [];
    await store.load();
    await show(runs);
    const { previousElementSibling: button } = screen.getByRole('button', {
      name: CommandIDs.rebuild
    });
    expect(button).toHaveTextContent(CommandIDs.useInNotebook);
    await userEvent.click(button as Element);
    expect(runs).toEqual([
      [CommandIDs.useInNotebook, { namespace: 'me', name: 'analysis' }]
    ]);
  });

  it('has a menu of what has no button of its own', async () => {
    await store.load();
    await show();
    const opened = jest.spyOn(Menu.prototype, 'open').mockReturnValue();
    await userEvent.click(
      screen.getByRole('button', { name: 'More actions on analysis' })
    );
    const menu = opened.mock.contexts[0] as Menu;
    opened.mockRestore();
    const target = { namespace: 'me', name: 'analysis' };
    expect(menu.items.map(({ command, args }) => [command, args])).toEqual([
      [CommandIDs.lookForUpdates, target],
      [CommandIDs.newConsole, target],
      [CommandIDs.openTerminal, target],
      [CommandIDs.copyLink, target],
      [CommandIDs.copyPath, target],
      [CommandIDs.open, { ...target, tab: 'artifacts' }]
    ]);
    menu.dispose();
  });
});
