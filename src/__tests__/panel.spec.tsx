import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvironmentList } from '../model/environments';
import { EnvironmentsBody } from '../panel/body';
import { build, environment, FakeClient, progress, settled } from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

describe('EnvironmentsBody', () => {
  let client: FakeClient;
  let list: EnvironmentList;
  let runs: Run[];
  let closed: string[][];

  async function show(): Promise<void> {
    await act(async () => {
      renderWithCommands(
        <EnvironmentsBody
          environments={list}
          collapsed={Promise.resolve(new Set<string>())}
          onCollapsed={names => closed.push([...names])}
        />,
        runs
      );
      await list.refresh();
      await settled();
    });
  }

  beforeEach(() => {
    client = new FakeClient();
    client.items = [
      environment({ name: 'analysis' }),
      environment({
        name: 'gpu',
        latest_build: build({
          id: 2,
          status: 'BUILDING',
          phase: 'DOWNLOADING',
          progress: progress()
        })
      })
    ];
    list = new EnvironmentList({ client });
    runs = [];
    closed = [];
  });

  afterEach(() => list.dispose());

  it('says that it is loading', async () => {
    await act(async () => {
      renderWithCommands(
        <EnvironmentsBody
          environments={list}
          collapsed={Promise.resolve(new Set<string>())}
          onCollapsed={() => undefined}
        />
      );
    });
    expect(screen.getByRole('status')).toHaveAttribute('aria-busy', 'true');
  });

  it('tells the state of each environment in words', async () => {
    await show();
    const rows = screen.getAllByRole('treeitem');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toHaveTextContent('Ready');
    expect(rows[1]).toHaveTextContent('1.9 GB');
    expect(rows[2]).toHaveTextContent('Downloading 25 %');
    expect(
      within(rows[2] as HTMLElement).getByRole('progressbar', {
        name: 'Progress of gpu'
      })
    ).toBeInTheDocument();
    expect(screen.getByText('1 build running')).toBeInTheDocument();
  });

  it('offers what fits the state', async () => {
    await show();
    const [, ready, running] = screen.getAllByRole('treeitem');
    const names = (row: HTMLElement | undefined): (string | null)[] =>
      within(row as HTMLElement)
        .getAllByRole('button')
        .map(button => button.getAttribute('aria-label'));
    expect(names(ready)).toContain(CommandIDs.newNotebook);
    expect(names(ready)).not.toContain(CommandIDs.cancel);
    expect(names(running)).toContain(CommandIDs.cancel);
  });

  it('can be used by the keyboard alone', async () => {
    const user = userEvent.setup();
    await show();
    await user.tab();
    expect(screen.getByRole('searchbox')).toHaveFocus();
    await user.tab();
    const [namespace, first, second] = screen.getAllByRole('treeitem');
    expect(namespace).toHaveFocus();
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(second).toHaveFocus();
    await user.keyboard('{Home}a');
    expect(first).toHaveFocus();
    await user.keyboard('{Enter}');
    expect(runs).toEqual([
      [CommandIDs.open, { namespace: 'me', name: 'analysis' }]
    ]);
    await user.keyboard('{ArrowRight}');
    expect(
      within(first as HTMLElement).getByRole('button', {
        name: CommandIDs.newNotebook
      })
    ).toHaveFocus();
    await user.keyboard('{Enter}');
    expect(runs[1]?.[0]).toBe(CommandIDs.newNotebook);
    expect(runs).toHaveLength(2);
    await user.keyboard('{ArrowLeft}');
    expect(first).toHaveFocus();
    await user.keyboard('{Delete}');
    expect(runs[2]?.[0]).toBe(CommandIDs.deleteEnvironment);
    await user.keyboard('{ArrowLeft}');
    expect(namespace).toHaveFocus();
    await user.keyboard('{ArrowLeft}');
    expect(namespace).toHaveAttribute('aria-expanded', 'false');
    expect(closed).toEqual([['me']]);
  });

  it('filters by name', async () => {
    const user = userEvent.setup();
    await show();
    await user.type(screen.getByRole('searchbox'), 'gp');
    expect(screen.getAllByRole('treeitem')).toHaveLength(2);
    await user.type(screen.getByRole('searchbox'), 'x');
    expect(screen.queryByRole('tree')).toBeNull();
    expect(screen.getByText(/No environment matches/)).toBeInTheDocument();
  });

  it('invites to make the first environment', async () => {
    const user = userEvent.setup();
    client.items = [];
    await show();
    await user.click(screen.getByRole('button', { name: CommandIDs.create }));
    expect(runs).toEqual([[CommandIDs.create, {}]]);
  });

  it('shows an error and tries again', async () => {
    const user = userEvent.setup();
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'The server did not answer.'
    });
    await show();
    expect(screen.getByRole('alert')).toHaveTextContent('did not answer');
    client.failure = null;
    await user.click(screen.getByRole('button', { name: 'Retry' }));
    await act(settled);
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getAllByRole('treeitem')).toHaveLength(3);
  });

  it('says how to enable a server extension that is not there', async () => {
    client.failure = new EnvStoreError({
      kind: 'absent',
      status: 404,
      message: 'Not found'
    });
    await show();
    expect(screen.getByRole('alert')).toHaveTextContent(
      'jupyter server extension enable jupyter_envstore'
    );
  });
});
