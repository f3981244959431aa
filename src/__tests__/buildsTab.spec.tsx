import { act, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import { BuildsTab } from '../detail/buildsTab';
import type { EnvironmentDocument } from '../detail/documents';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { addDetailCommands } from '../plugins/detailCommands';
import { addUpkeepCommands } from '../plugins/upkeepCommands';
import { editorFactory } from './editorFactory';
import {
  briefPackage,
  build,
  comparison,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';
import type { Run } from './render';
import { Page, renderWithCommands, trans } from './render';

/** Tells that everything is in sight at once. */
class Sight {
  constructor(
    private readonly _tell: (entries: { isIntersecting: boolean }[]) => void
  ) {}

  observe(): void {
    this._tell([{ isIntersecting: true }]);
  }

  disconnect(): void {
    /* Nothing is kept. */
  }
}

describe('the tab of builds', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;
  let runs: Run[];

  async function show(...builds: IBuild[]): Promise<void> {
    client.stored = builds;
    await store.load();
    model = await store.open('me', 'analysis');
    await settled();
    runs = [];
    await act(async () => {
      renderWithCommands(
        <BuildsTab model={model} factory={editorFactory()} />,
        runs,
        commands => {
          const { app } = new Page(commands);
          addUpkeepCommands(app, store, trans);
          addDetailCommands(
            app,
            store,
            trans,
            async () => ({ model }) as EnvironmentDocument
          );
        }
      );
      await settled();
    });
  }

  const item = (id: number): HTMLElement =>
    screen.getByRole('listitem', { name: `Build ${id}` });

  const names = (id: number): (string | null)[] =>
    within(item(id))
      .getAllByRole('button')
      .map(({ textContent }) => textContent);

  const click = (id: number, name: string): Promise<void> =>
    userEvent.click(within(item(id)).getByRole('button', { name }));

  beforeEach(() => {
    Object.assign(globalThis, { IntersectionObserver: Sight });
    client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
  });

  afterEach(() => {
    model.dispose();
    store.dispose();
  });

  it('offers to cancel what runs or waits, once', async () => {
    await show(
      build({ id: 1, status: 'BUILDING', cancel_requested: true }),
      build({ id: 2, status: 'BUILDING' }),
      build({ id: 3, status: 'QUEUED' })
    );
    expect(names(1)).not.toContain(CommandIDs.cancel);
    expect(names(2)).toContain(CommandIDs.cancel);
    expect(names(3)).toContain(CommandIDs.cancel);
    expect(item(1)).toHaveTextContent('Canceling');
  });

  it('keeps what is pinned from deletion, and says so', async () => {
    await show(
      build({ id: 1, published: false, pinned: true }),
      build({ id: 2, published: false })
    );
    expect(item(1)).toHaveTextContent('pinned');
    expect(item(2)).not.toHaveTextContent('pinned');
    expect(names(1)).toContain(CommandIDs.unpin);
    expect(names(2)).toContain(CommandIDs.pin);
    await click(1, CommandIDs.deleteBuild);
    expect(runs).toEqual([
      [
        CommandIDs.deleteBuild,
        { namespace: 'me', name: 'analysis', buildId: 1, isPinned: true }
      ]
    ]);
  });

  it('offers to restore what is shelved, and nothing that takes files', async () => {
    await show(
      build({ id: 1, published: false, shelved_on: '2026-11-20T08:45:10' }),
      build({ id: 2, published: false, kernel_pinned: true }),
      build({ id: 3 })
    );
    expect(item(1)).toHaveTextContent('Shelved');
    expect(names(1)).toContain('Restore');
    for (const name of [
      CommandIDs.makeCurrent,
      CommandIDs.pinKernel,
      'Shelve',
      'Verify'
    ]) {
      expect(names(1)).not.toContain(name);
    }
    expect(names(2)).toContain('Verify');
    expect(names(3)).toContain('Verify');
    expect(names(3)).not.toContain('Shelve');
    expect(
      within(item(2)).getByRole('button', { name: 'Shelve' })
    ).toHaveAccessibleDescription(/^It is pinned/);
    await click(2, 'Shelve');
    expect(client.count('shelve')).toBe(0);
  });

  it('says what each changed of the one before that was ready', async () => {
    client.compared = comparison({
      packages: {
        added: [briefPackage('scipy', '1.16')],
        removed: [],
        changed: [
          {
            name: 'numpy',
            direction: 'up',
            what: ['version'],
            before: briefPackage('numpy', '2.2', { requested: true }),
            after: briefPackage('numpy', '2.3', { requested: true })
          }
        ],
        unchanged: 3
      }
    });
    await show(
      build({ id: 1, published: false }),
      build({ id: 2, status: 'FAILED', published: false }),
      build({ id: 3 })
    );
    expect(item(3)).toHaveTextContent('~ numpy 2.2 → 2.3+ scipy 1.16');
    expect(client.calls.filter(call => call.startsWith('compare'))).toEqual([
      'compare 1 3'
    ]);
  });

  it('says why a build failed, and lets it be mended', async () => {
    await show(
      build({ id: 1, status: 'FAILED', status_info: 'no nunpy anywhere' })
    );
    expect(item(1)).toHaveTextContent('no nunpy anywhere');
    await click(1, CommandIDs.edit);
    expect(runs[0]?.[1]).toMatchObject({ buildId: 1, retry: true });
  });

  it('shows what differs between any two', async () => {
    client.compared = comparison({
      specification: {
        ...comparison().specification,
        text: '--- one\n+++ other\n-  - numpy\n+  - scipy'
      },
      packages: {
        added: [briefPackage('scipy', '1.16'), briefPackage('zlib', '1.3')],
        removed: [briefPackage('numpy', '2.2')],
        changed: [],
        unchanged: 3
      }
    });
    await show(
      build({ id: 1, published: false }),
      build({ id: 2, published: false }),
      build({ id: 3 })
    );
    await click(3, 'Differences');
    const region = screen.getByRole('region', { name: 'Differences' });
    expect(region).toHaveFocus();
    expect(
      await within(region).findByText('+ 2, ~ 0, − 1, 3 unchanged')
    ).toBeInTheDocument();
    const search = within(region).getByRole('searchbox');
    await userEvent.type(search, 'sci');
    expect(within(region).getAllByRole('rowheader')).toHaveLength(1);
    await userEvent.click(
      within(region).getByRole('tab', { name: 'Specification' })
    );
    expect(region).toHaveTextContent('+ - scipy');
    // jsdom cannot open a list.
    fireEvent.change(
      within(region).getByRole('combobox', { name: 'From build' }),
      { target: { value: '1' } }
    );
    expect(client.calls).toContain('compare 1 3');
    await userEvent.click(within(region).getByRole('button', { name: 'Swap' }));
    expect(client.calls).toContain('compare 3 1');
    await userEvent.click(
      within(region).getByRole('button', { name: 'Close' })
    );
    expect(region).not.toBeInTheDocument();
    expect(
      within(item(3)).getByRole('button', { name: 'Differences' })
    ).toHaveFocus();
  });

  it('leaves the focus to a build when its button goes, or to the next one', async () => {
    await show(
      build({ id: 1 }),
      build({ id: 2, published: false }),
      build({ id: 3, published: false })
    );
    const become = async (...builds: IBuild[]): Promise<void> => {
      client.stored = builds;
      await act(async () => model.refresh());
    };
    await click(2, CommandIDs.makeCurrent);
    await become(
      build({ id: 1, published: false }),
      build({ id: 2 }),
      build({ id: 3, published: false })
    );
    expect(item(2)).toHaveFocus();
    await click(3, CommandIDs.deleteBuild);
    await become(build({ id: 1, published: false }), build({ id: 2 }));
    expect(item(2)).toHaveFocus();
    await click(1, CommandIDs.deleteBuild);
    await become(build({ id: 2 }));
    expect(item(2)).toHaveFocus();
  });

  it('gives the focus back after a note', async () => {
    await show(build({ id: 1 }));
    const noting = (): HTMLElement =>
      within(item(1)).getByRole('button', { name: 'Note…' });
    await click(1, 'Note…');
    await userEvent.keyboard('{Escape}');
    expect(noting()).toHaveFocus();
    await click(1, 'Note…');
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(noting()).toHaveFocus();
    await click(1, 'Note…');
    await userEvent.keyboard('new');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(noting()).toHaveFocus();
  });

  describe('where notes are written on two builds', () => {
    const note = (id: number): HTMLElement =>
      within(item(id)).getByRole('textbox', { name: 'Note' });

    /** What is sent is not answered before this is called. */
    let answer: () => void;

    beforeEach(async () => {
      const annotate = client.annotate.bind(client);
      jest.spyOn(client, 'annotate').mockImplementation(async (...args) => {
        await new Promise<void>(resolve => (answer = resolve));
        return annotate(...args);
      });
      await show(build({ id: 1, published: false }), build({ id: 2 }));
      await click(2, 'Note…');
      await userEvent.keyboard('kept');
      await click(1, 'Note…');
      await userEvent.keyboard('other');
    });

    it('keeps both, and the focus where it is', async () => {
      expect(note(2)).toHaveValue('kept');
      expect(note(1)).toHaveFocus();
      await click(1, 'Cancel');
      expect(
        within(item(1)).getByRole('button', { name: 'Note…' })
      ).toHaveFocus();
      expect(note(2)).toHaveValue('kept');
    });

    it('closes the one that was saved, and no other', async () => {
      await click(2, 'Save');
      await userEvent.click(note(1));
      await act(async () => {
        answer();
        await settled();
      });
      expect(within(item(2)).queryByRole('form')).toBeNull();
      expect(item(2)).toHaveTextContent('kept');
      expect(note(1)).toHaveValue('other');
      expect(note(1)).toHaveFocus();
    });

    it('says which could not be saved', async () => {
      await click(2, 'Save');
      client.failure = new EnvStoreError({ kind: 'refused', message: 'no' });
      await click(1, 'Cancel');
      await act(async () => {
        answer();
        await settled();
      });
      expect(within(item(2)).getByRole('alert')).toHaveTextContent('no');
      expect(note(2)).toHaveValue('kept');
    });
  });

  it('goes to what differs of another build, whose builds need not be known', async () => {
    await show(build({ id: 8, published: false }), build({ id: 9 }));
    await click(9, 'Differences');
    act(() => model.compare([1, 9]));
    const region = screen.getByRole('region', { name: 'Differences' });
    const from = within(region).getByRole('combobox', { name: 'From build' });
    expect(from).toHaveDisplayValue('1');
    act(() => item(8).focus());
    await click(9, 'Differences');
    expect(region).toHaveFocus();
    act(() => from.focus());
    fireEvent.change(from, { target: { value: '9' } });
    expect(from).toHaveFocus();
    expect(from).toHaveDisplayValue(/^9 – /);
  });

  it('asks again for differences that could not be had', async () => {
    await show(build({ id: 1, published: false }), build({ id: 2 }));
    client.failure = new EnvStoreError({ kind: 'refused', message: 'busy' });
    model.comparisons.of(2, 1).catch(() => undefined);
    await settled();
    await click(2, 'Differences');
    await userEvent.click(screen.getByRole('button', { name: 'Swap' }));
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('busy');
    client.failure = null;
    await userEvent.click(within(alert).getByRole('button', { name: 'Retry' }));
    expect(await screen.findByText(/12 unchanged/)).toBeInTheDocument();
  });

  it('takes a note and tags', async () => {
    await show(build({ id: 1, tags: ['paper'] }));
    expect(item(1)).toHaveTextContent('paper');
    await click(1, 'Note…');
    const form = screen.getByRole('form', { name: 'Note on build 1' });
    await userEvent.type(
      within(form).getByRole('textbox', { name: 'Note' }),
      'for the talk'
    );
    await userEvent.type(
      within(form).getByRole('textbox', { name: /Tags/ }),
      ', talk,'
    );
    await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
    expect(client.calls).toContain('annotate 1 for the talk paper,talk');
    expect(item(1)).toHaveTextContent('for the talk papertalk');
    expect(form).not.toBeInTheDocument();
  });

  it('keeps what was noted when it could not be saved', async () => {
    await show(build({ id: 1 }));
    await click(1, 'Note…');
    await userEvent.type(screen.getByRole('textbox', { name: 'Note' }), 'kept');
    client.failure = new EnvStoreError({ kind: 'refused', message: 'no' });
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByRole('alert')).toHaveTextContent('no');
    expect(screen.getByRole('textbox', { name: 'Note' })).toHaveValue('kept');
  });

  it('lets nobody write notes who may not', async () => {
    client.held = { ...client.held, entity_permissions: { '*/*': [] } };
    await show(build({ id: 1 }));
    const button = within(item(1)).getByRole('button', { name: 'Note…' });
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAccessibleDescription(
      'Your role in namespace me does not allow this.'
    );
    await userEvent.click(button);
    expect(screen.queryByRole('form')).toBeNull();
  });

  it('leads to the log', async () => {
    await show(build({ id: 1, published: false }), build({ id: 2 }));
    await click(1, 'Log');
    expect(model.selected?.id).toBe(1);
    expect(model.tab).toBe('log');
  });

  it('says that there is none', async () => {
    await show();
    expect(screen.getByText('It was not built yet.')).toBeInTheDocument();
  });

  it('does not say so where they could not be read', async () => {
    client.failure = new EnvStoreError({ kind: 'refused', message: 'no' });
    await show();
    expect(model.error).not.toBeNull();
    expect(screen.queryByText('It was not built yet.')).toBeNull();
  });
});
