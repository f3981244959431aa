import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { act, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { SidebarModel } from '../model/sidebar';
import { EnvStore } from '../model/store';
import { EnvironmentsBody } from '../panel/body';
import { Queue } from '../panel/queue';
import {
  build,
  environment,
  FakeClient,
  FakeSettings,
  FakeStream,
  progress,
  settled
} from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

describe('EnvironmentsBody', () => {
  let client: FakeClient;
  let store: EnvStore;
  let sidebar: SidebarModel;
  let runs: Run[];
  let closed: string[][];
  let settings: FakeSettings;

  async function show(): Promise<void> {
    await act(async () => {
      renderWithCommands(
        <EnvironmentsBody
          store={store}
          sidebar={sidebar}
          collapsed={Promise.resolve(new Set<string>())}
          onCollapsed={names => closed.push([...names])}
          settings={settings.settings}
        />,
        runs
      );
      await store.load();
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
    const stream = new FakeStream();
    client.bus = stream;
    store = new EnvStore({ client, stream });
    sidebar = new SidebarModel({ client, store });
    runs = [];
    closed = [];
    settings = new FakeSettings();
  });

  afterEach(() => {
    sidebar.dispose();
    store.dispose();
  });

  it('says that it is loading', async () => {
    await act(async () => {
      renderWithCommands(
        <EnvironmentsBody
          store={store}
          sidebar={sidebar}
          collapsed={Promise.resolve(new Set<string>())}
          onCollapsed={() => undefined}
          settings={null}
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
    expect(
      screen.getByRole('button', { name: '1 building' })
    ).toBeInTheDocument();
  });

  it('names each row by what it says, without its buttons', async () => {
    client.items.push(
      environment({
        name: 'broken',
        published_build: null,
        latest_build: build({
          id: 3,
          status: 'FAILED',
          ended_on: new Date().toISOString()
        })
      })
    );
    const user = userEvent.setup();
    await show();
    const [namespace] = screen.getAllByRole<HTMLElement>('treeitem');
    await user.hover(namespace as HTMLElement);
    for (const [index, name] of [
      'me (3)',
      'analysis, Ready, build 1, 1.9 GB',
      'broken, Failed, now',
      'gpu, Downloading 25 %, build 1 in use'
    ].entries()) {
      expect(screen.getAllByRole('treeitem')[index]).toHaveAccessibleName(name);
    }
  });

  it('offers what fits the state where somebody points at', async () => {
    const user = userEvent.setup();
    await show();
    const [, ready, running] = screen.getAllByRole<HTMLElement>('treeitem');
    const names = (row: HTMLElement | undefined): (string | null)[] =>
      within(row as HTMLElement)
        .queryAllByRole('button')
        .map(button => button.getAttribute('aria-label'));
    await user.hover(ready as HTMLElement);
    expect(names(ready)).toContain(CommandIDs.newNotebook);
    expect(names(ready)).not.toContain(CommandIDs.cancel);
    await user.hover(running as HTMLElement);
    expect(names(running)).toContain(CommandIDs.cancel);
    expect(names(ready)).toEqual([]);
  });

  it('begins a new environment in the namespace that one points at', async () => {
    const user = userEvent.setup();
    await show();
    const [namespace] = screen.getAllByRole<HTMLElement>('treeitem');
    await user.hover(namespace as HTMLElement);
    await user.click(
      within(namespace as HTMLElement).getByRole('button', {
        name: CommandIDs.create
      })
    );
    expect(runs).toEqual([[CommandIDs.create, { namespace: 'me' }]]);
    expect(namespace).toHaveAttribute('aria-expanded', 'true');
  });

  it('can be used by the keyboard alone', async () => {
    const user = userEvent.setup();
    await show();
    await user.tab();
    expect(screen.getByRole('searchbox')).toHaveFocus();
    await user.tab();
    expect(screen.getByRole('button', { name: '1 building' })).toHaveFocus();
    await user.tab();
    expect(screen.getByRole('combobox', { name: 'Order' })).toHaveFocus();
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
    await user.keyboard('{Delete}{F2}');
    expect(runs[2]?.[0]).toBe(CommandIDs.deleteEnvironment);
    expect(runs[3]?.[0]).toBe(CommandIDs.describe);
    const menus: EventTarget[] = [];
    const onMenu = ({ target }: Event): void => void menus.push(target as Node);
    document.addEventListener('contextmenu', onMenu);
    await user.keyboard('{Shift>}{F10}{/Shift}{ContextMenu}');
    document.removeEventListener('contextmenu', onMenu);
    expect(menus).toEqual([first, first]);
    await user.keyboard('/');
    expect(screen.getByRole('searchbox')).toHaveFocus();
    await user.keyboard('{ArrowDown}');
    expect(first).toHaveFocus();
    await user.keyboard('{ArrowLeft}');
    expect(namespace).toHaveFocus();
    await user.keyboard('{ArrowLeft}');
    expect(namespace).toHaveAttribute('aria-expanded', 'false');
    expect(closed).toEqual([['me']]);
  });

  it('does nothing by keys that is not allowed', async () => {
    const user = userEvent.setup();
    await show();
    jest.spyOn(CommandRegistry.prototype, 'isEnabled').mockReturnValue(false);
    jest
      .spyOn(CommandRegistry.prototype, 'caption')
      .mockReturnValue('Not allowed.');
    act(() => screen.getAllByRole('treeitem')[1]?.focus());
    await user.keyboard('{Delete}{F2}{Enter}');
    // A key has no tooltip that could say why.
    const told = Notification.manager.notifications;
    expect(told.map(({ message }) => message)).toEqual(
      Array.from({ length: 3 }, () => 'Not allowed.')
    );
    Notification.dismiss();
    jest.restoreAllMocks();
    expect(runs).toEqual([]);
  });

  it('keeps the focus where the row that had it goes away', async () => {
    await show();
    const focused = (): string | undefined =>
      (document.activeElement as HTMLElement).dataset.key;
    const keep = async (...names: string[]): Promise<void> => {
      client.items = client.items.filter(({ name }) => names.includes(name));
      await act(() => store.environments.refresh());
    };
    client.items.push(environment({ name: 'third' }));
    await keep('analysis', 'gpu', 'third');
    act(() => screen.getAllByRole('treeitem')[2]?.focus());
    expect(focused()).toBe('me/gpu');
    await keep('analysis', 'third');
    expect(focused()).toBe('me/third');
    await keep('analysis');
    expect(focused()).toBe('me/analysis');
    screen.getByRole('searchbox').focus();
    client.items.push(environment({ name: 'fourth' }));
    await keep('fourth');
    expect(screen.getByRole('searchbox')).toHaveFocus();
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

  it('filters by state with one click, and takes it back with the next', async () => {
    const user = userEvent.setup();
    await show();
    const summary = screen.getByRole('button', { name: '1 building' });
    await user.click(summary);
    expect(screen.getByRole('searchbox')).toHaveValue('state:building');
    expect(summary).toHaveAttribute('aria-pressed', 'true');
    expect(screen.getAllByRole('treeitem')).toHaveLength(2);
    await user.click(summary);
    expect(screen.getAllByRole('treeitem')).toHaveLength(3);
  });

  it('asks the server which environments contain a package', async () => {
    const user = userEvent.setup();
    client.having = ['gpu'];
    await show();
    await user.type(screen.getByRole('searchbox'), 'pkg:torch');
    expect(screen.getByText('Looking for torch')).toBeInTheDocument();
    const [, row] = await screen.findAllByRole('treeitem');
    expect(row).toHaveAttribute('data-name', 'gpu');
    expect(client.count('environmentsWith')).toBe(1);
    expect(client.count('environmentsWith torch')).toBe(1);
  });

  describe('the order', () => {
    const names = (): (string | null)[] =>
      screen
        .getAllByRole('treeitem')
        .slice(1)
        .map(row => row.getAttribute('data-name'));

    const order = (): HTMLElement =>
      screen.getByRole('combobox', { name: 'Order' });

    /** jsdom cannot open a list. */
    const choose = (name: string): void => {
      const option = screen.getByRole<HTMLOptionElement>('option', { name });
      fireEvent.change(order(), { target: { value: option.value } });
    };

    beforeEach(() => {
      const item = (name: string, id: number, size: number | null) =>
        environment({
          name,
          latest_build: build({ id }),
          published_build: size === null ? null : build({ id, size })
        });
      client.items = [
        item('a', 7, 20),
        item('b', 9, null),
        item('c', 8, 30),
        item('d', 6, 10)
      ];
    });

    it('is that of the names, where nothing is set or readable', async () => {
      settings.change('order', 'sideways');
      await show();
      expect(order()).toHaveValue('name');
      expect(names()).toEqual(['a', 'b', 'c', 'd']);
    });

    it.each([
      ['newest', ['b', 'c', 'a', 'd']],
      ['size', ['c', 'a', 'd', 'b']]
    ])('is by %s where that is set', async (value, expected) => {
      settings.change('order', value);
      await show();
      expect(order()).toHaveValue(value);
      expect(names()).toEqual(expected);
    });

    it('is changed, and kept as a setting', async () => {
      await show();
      choose('largest first');
      expect(names()).toEqual(['c', 'a', 'd', 'b']);
      expect(settings.sets).toEqual([['order', 'size']]);
      choose('newest first');
      expect(names()).toEqual(['b', 'c', 'a', 'd']);
      expect(settings.sets.at(-1)).toEqual(['order', 'newest']);
    });

    it('follows the setting when that is changed elsewhere', async () => {
      await show();
      act(() => settings.change('order', 'newest'));
      expect(order()).toHaveValue('newest');
      expect(names()).toEqual(['b', 'c', 'a', 'd']);
    });

    it('can be changed where settings cannot be kept', async () => {
      await act(async () => {
        renderWithCommands(
          <EnvironmentsBody
            store={store}
            sidebar={sidebar}
            collapsed={Promise.resolve(new Set<string>())}
            onCollapsed={() => undefined}
            settings={null}
          />
        );
        await store.load();
        await settled();
      });
      choose('newest first');
      expect(names()).toEqual(['b', 'c', 'a', 'd']);
    });
  });

  it('has few of many rows in the document, and moves through all of them', async () => {
    const user = userEvent.setup();
    client.items = Array.from({ length: 2000 }, (_, number) =>
      environment({ name: `e-${String(number).padStart(4, '0')}` })
    );
    await show();
    const rows = screen.getAllByRole('treeitem');
    expect(rows.length).toBeLessThan(60);
    act(() => rows[0]?.focus());
    await user.keyboard('{End}');
    expect(document.activeElement).toHaveAttribute('data-name', 'e-1999');
    expect(document.activeElement).toHaveAttribute('aria-posinset', '2000');
    await user.keyboard('e-05');
    expect(document.activeElement).toHaveAttribute('data-name', 'e-0500');
    expect(screen.getAllByRole('treeitem').length).toBeLessThan(60);
  });

  it('locks what cannot be changed, and says why', async () => {
    client.held = { ...client.held, entity_permissions: {} };
    await show();
    const [namespace] = screen.getAllByRole('treeitem');
    expect(namespace).toHaveAccessibleName('me (2), read only');
    expect(namespace).toHaveAttribute(
      'aria-description',
      'Your role in namespace me does not allow this.'
    );
    expect(
      screen.getByText('Your role does not allow builds in any namespace.')
    ).toBeInTheDocument();
  });

  it('keeps what it knew while the server is away', async () => {
    await show();
    await act(async () => {
      store.environments.fail(
        new EnvStoreError({ kind: 'unreachable', message: 'gone' })
      );
    });
    expect(screen.getByText(/Last updated .*, reconnecting/)).toBeVisible();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getAllByRole('treeitem')).toHaveLength(3);
    await act(() => store.resume());
    expect(screen.queryByText(/reconnecting/)).toBeNull();
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
    expect(screen.getByRole('searchbox')).toHaveFocus();
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

describe('Queue', () => {
  it('shows the builds of all in their order, and lets them be canceled', async () => {
    const user = userEvent.setup();
    const client = new FakeClient();
    const stream = new FakeStream();
    client.bus = stream;
    const running = build({ id: 2, status: 'BUILDING', phase: 'SOLVING' });
    const queued = {
      namespace: 'me',
      environment: 'analysis',
      author: 'ann',
      position: null,
      build: running
    };
    client.items = [environment({ latest_build: running })];
    client.queued = [
      queued,
      {
        ...queued,
        environment: 'other',
        position: 1,
        build: build({ id: 3, status: 'QUEUED' })
      }
    ];
    const store = new EnvStore({ client, stream });
    const sidebar = new SidebarModel({ client, store });
    const runs: Run[] = [];
    await act(async () => {
      renderWithCommands(<Queue sidebar={sidebar} />, runs);
      await store.load();
      await settled();
    });
    const [first, second] = screen.getAllByRole<HTMLElement>('listitem');
    expect(first).toHaveTextContent('me/analysis, build 2');
    expect(first).toHaveTextContent('Solving');
    expect(second).toHaveTextContent('Queued place 1');
    await user.click(
      within(second as HTMLElement).getByRole('button', {
        name: CommandIDs.cancel
      })
    );
    expect(runs).toEqual([
      [CommandIDs.cancel, { namespace: 'me', name: 'other', buildId: 3 }]
    ]);
    const menus: EventTarget[] = [];
    const onMenu = ({ target }: Event): void => void menus.push(target as Node);
    document.addEventListener('contextmenu', onMenu);
    await user.keyboard('{Shift>}{F10}{/Shift}');
    document.removeEventListener('contextmenu', onMenu);
    expect(menus).toEqual([document.activeElement]);
    expect(second).toContainElement(menus[0] as HTMLElement);
    expect({ ...second?.dataset }).toEqual({
      namespace: 'me',
      name: 'other',
      build: '3'
    });
    client.queued = client.queued.slice(0, 1);
    await act(async () => {
      await store.resync();
      await settled();
    });
    // The last row is gone, with the button that had the focus.
    expect(
      screen.getByRole('button', { name: 'me/analysis, build 2' })
    ).toHaveFocus();
    client.queued = [];
    client.items = [environment()];
    await act(async () => {
      stream.tell({ seq: 1, kind: 'build', status: 'COMPLETED' });
      await settled();
    });
    expect(screen.getByText('Nothing is built at present.')).toBeVisible();
    sidebar.dispose();
    store.dispose();
  });
});
