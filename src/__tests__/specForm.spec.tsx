import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { useSignal } from '../components/useSignal';
import { ConflictBanner } from '../detail/conflictBanner';
import { DraftView } from '../detail/draftView';
import { DraftModel } from '../model/draft';
import { EnvStore } from '../model/store';
import { addDraftCommands } from '../plugins/draftCommands';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  foundPackage,
  installedPackage,
  problem,
  settled
} from './fixtures';
import { renderWithCommands, trans } from './render';

const TEXT = `name: analysis
channels:
  - conda-forge
dependencies:
  - "numpy>=1.26,<3"
variables:
  MODE: fast
`;

describe('the form of a specification', () => {
  let client: FakeClient;
  let store: EnvStore;
  let draft: DraftModel;

  async function show(
    text: string = TEXT,
    options: Partial<DraftModel.IOptions> = {}
  ): Promise<void> {
    draft = new DraftModel({
      client,
      store,
      text,
      namespace: 'me',
      ...options
    });
    await act(async () => {
      renderWithCommands(<Page />, [], commands =>
        addDraftCommands({
          app: { commands } as JupyterFrontEnd,
          trans,
          find: () => draft,
          documents: null,
          settings: null,
          translator: nullTranslator,
          denial: () => null
        })
      );
      await settled();
    });
  }

  function Page(): JSX.Element {
    useSignal(draft.changed);
    return (
      <div>
        <ConflictBanner draft={draft} />
        <DraftView model={draft} factory={editorFactory()} />
      </div>
    );
  }

  const field = (name: string | RegExp): HTMLElement =>
    screen.getByRole('combobox', { name });
  const press = (name: string): Promise<void> =>
    userEvent.click(screen.getByRole('button', { name }));

  beforeEach(async () => {
    // jsdom has no layout, so that nothing can be scrolled.
    Element.prototype.scrollIntoView = jest.fn();
    client = new FakeClient();
    client.items = [environment({ text: TEXT })];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
  });

  afterEach(() => {
    draft.dispose();
    store.dispose();
  });

  describe('in the field of a constraint', () => {
    it('draws no other row again', async () => {
      await show(TEXT.replace('variables', '  - scipy\n  - tqdm\nvariables'));
      const translated = jest.spyOn(trans, '__');
      const drawn = (): unknown[] =>
        translated.mock.calls
          .filter(([text]) => text === 'Remove %1')
          .map(([, name]) => name)
          .filter(name => name !== 'conda-forge');
      await userEvent.type(field('Constraint of scipy'), '1');
      expect(new Set(drawn())).toEqual(new Set(['scipy', 'MODE']));
      await press('Remove tqdm');
      await press('Remove scipy');
      await waitFor(() =>
        expect(
          screen.getByRole('button', { name: 'Remove numpy' })
        ).toHaveFocus()
      );
      translated.mockRestore();
    });

    it('puts back with Escape what there was, and empties nothing', async () => {
      client.offers = [foundPackage('numpy', { version: '2.1.3' })];
      await show();
      const numpy = field('Constraint of numpy');
      act(() => numpy.focus());
      await userEvent.keyboard('{Escape}{Escape}');
      expect(numpy).toHaveValue('>=1.26,<3');
      expect(draft.text).toBe(TEXT);
      await userEvent.type(numpy, '.5');
      await screen.findByRole('option', { name: '2.1.3' });
      await userEvent.keyboard('{Escape}');
      expect(numpy).toHaveAttribute('aria-expanded', 'false');
      expect(draft.text).toContain('"numpy>=1.26,<3.5"');
      await userEvent.keyboard('{Escape}');
      expect(numpy).toHaveValue('>=1.26,<3');
      expect(draft.text).toBe(TEXT);
    });

    it('takes the version that was pointed at where there was none', async () => {
      client.offers = [foundPackage('numpy', { version: '2.1.3' })];
      await show(TEXT.replace('>=1.26,<3', ''));
      const numpy = field('Constraint of numpy');
      await userEvent.click(numpy);
      await screen.findByRole('option', { name: '2.1.3' });
      await userEvent.keyboard('{Enter}');
      expect(numpy).toHaveValue('');
      await userEvent.keyboard('{ArrowDown}{Enter}');
      expect(numpy).toHaveValue('=2.1.3');
      expect(draft.text).toContain('"numpy=2.1.3"');
    });

    it('says that versions are looked for, and that there are none', async () => {
      await show();
      await userEvent.click(field('Constraint of numpy'));
      expect(screen.getAllByText('Searching')).not.toHaveLength(0);
      await screen.findAllByText(
        'No package of the channels has this very name.'
      );
    });

    it('says why there are no versions', async () => {
      await show();
      client.failure = new EnvStoreError({
        kind: 'refused',
        status: 500,
        message: 'No index.'
      });
      await userEvent.click(field('Constraint of numpy'));
      expect(await screen.findAllByText('No index.')).not.toHaveLength(0);
    });

    it('reads what is installed again, where that failed', async () => {
      const answer = client.packages.bind(client);
      const failing = jest
        .spyOn(client, 'packages')
        .mockRejectedValue(
          new EnvStoreError({ kind: 'refused', status: 500, message: 'Down.' })
        );
      client.installed = [installedPackage()];
      await show(TEXT, { target: { namespace: 'me', name: 'analysis' } });
      expect(screen.getByTitle('Down.')).toHaveTextContent('–');
      failing.mockImplementation(answer);
      await userEvent.click(field('Constraint of numpy'));
      await screen.findByText('2.1.3');
    });
  });

  it('tells warnings at the fields that they are about', async () => {
    client.verdict = {
      name: 'analysis',
      problems: [],
      warnings: [
        problem({ place: 'channels[0]', message: 'Old.' }),
        problem({ place: 'dependencies[0]', message: 'Hidden.' }),
        problem({ place: 'variables.MODE', message: 'Odd.' })
      ]
    };
    await show();
    expect(screen.getByText('Old.')).toHaveTextContent('Warning Old.');
    const numpy = field('Constraint of numpy');
    expect(numpy).toHaveAccessibleDescription('Warning Hidden.');
    expect(numpy).not.toHaveAttribute('aria-invalid');
    expect(
      screen.getByRole('textbox', { name: 'Value of MODE' })
    ).toHaveAccessibleDescription('Warning Odd.');
  });

  it('tells what only the server knows to be wrong with the name', async () => {
    client.verdict = {
      name: 'analysis',
      problems: [problem({ place: 'name', message: 'Taken.' })],
      warnings: []
    };
    await show();
    const name = screen.getByRole('textbox', { name: 'Name' });
    expect(name).toHaveAccessibleDescription(/Taken\.$/);
    expect(name).toHaveAttribute('aria-invalid', 'true');
  });

  describe('where packages are added', () => {
    it('searches again when one comes back', async () => {
      client.offers = [foundPackage('scipy')];
      await show();
      const box = field('Add a package');
      await userEvent.type(box, 'sci');
      await screen.findByRole('option', { name: /scipy/ });
      const manager = field('Installed by');
      act(() => manager.focus());
      fireEvent.change(manager, { target: { value: 'pip' } });
      fireEvent.change(manager, { target: { value: 'conda' } });
      await userEvent.click(box);
      await screen.findByRole('option', { name: /scipy/ });
    });

    it('says which version is installed', async () => {
      client.offers = [foundPackage('scipy'), foundPackage('scipy-extra')];
      client.installed = [installedPackage({ name: 'scipy', version: '1.16' })];
      await show(TEXT, { target: { namespace: 'me', name: 'analysis' } });
      await userEvent.type(field('Add a package'), 'scipy');
      expect(
        await screen.findByRole('option', { name: /^scipy 1.0/ })
      ).toHaveTextContent('Installed: 1.16');
      expect(
        screen.getByRole('option', { name: /^scipy-extra/ })
      ).not.toHaveTextContent('Installed');
    });

    it('keeps what cannot be written', async () => {
      const text = 'channels: &all [a]\ndependencies: *all\n';
      await show(text);
      const box = field('Add a package');
      await userEvent.type(box, 'scipy{Enter}');
      expect(draft.text).toBe(text);
      expect(box).toHaveValue('scipy');
      expect(screen.getByText(/only be changed in the YAML/)).toBeVisible();
    });

    it('keeps a channel that cannot be written', async () => {
      const text = 'dependencies: &all [a]\nchannels: *all\n';
      await show(text);
      const box = field('Add a channel');
      await userEvent.type(box, 'bioconda{Enter}');
      expect(draft.text).toBe(text);
      expect(box).toHaveValue('bioconda');
    });

    it('adds what has no name to others that have none', async () => {
      await show('dependencies:\n  - https://conda.test/a.conda\n');
      await userEvent.type(
        field('Add a package'),
        'https://conda.test/b.conda{Enter}'
      );
      expect(draft.text).toBe(
        'dependencies:\n  - https://conda.test/a.conda\n  - https://conda.test/b.conda\n'
      );
    });

    it.each([
      ['- tqdm', ['tqdm']],
      ['pandas, numpy tqdm', ['pandas', 'tqdm']],
      ['- conda-forge::tqdm - six', ['conda-forge::tqdm', 'six']],
      ['tqdm 4.60', ['tqdm 4.60']],
      ['tqdm >=4, <5', ['tqdm >=4, <5']]
    ])('adds each that is named: %s', async (typed, added) => {
      await show('dependencies:\n  - numpy\n');
      await userEvent.type(field('Add a package'), `${typed}{Enter}`);
      const items = ['numpy', ...added].map(item => `  - ${item}\n`);
      expect(draft.text).toBe(`dependencies:\n${items.join('')}`);
      expect(field('Add a package')).toHaveValue('');
    });

    it('says what only pip can read', async () => {
      await show();
      const box = field('Add a package');
      await userEvent.type(box, 'numpy[[build=py*]');
      expect(screen.queryByText('Only pip can read this.')).toBeNull();
      await userEvent.clear(box);
      await userEvent.type(box, 'flask[[async]');
      screen.getByText('Only pip can read this.');
    });

    it('builds with what is typed, and not without what cannot be added', async () => {
      const submit = jest.spyOn(store, 'submit');
      submit.mockResolvedValue({ buildId: 2, namespace: 'me', name: 'new' });
      client.verdict = { ...client.verdict, name: 'new' };
      await show('name: new\ndependencies:\n  - numpy\n');
      const build = (): Promise<void> =>
        act(async () => {
          // As the keys do it, which leave the focus where it is.
          fireEvent.click(screen.getByRole('button', { name: 'Build' }));
          await settled();
        });
      await userEvent.type(field('Add a package'), 'tqdm');
      await build();
      expect(submit.mock.calls.map(([text]) => text)).toEqual([
        'name: new\ndependencies:\n  - numpy\n  - tqdm\n'
      ]);
      act(() => draft.setText('channels: &all [a]\ndependencies: *all\n'));
      await userEvent.type(field('Add a package'), 'six');
      await build();
      expect(submit).toHaveBeenCalledTimes(1);
      await userEvent.tab();
      await build();
      expect(submit).toHaveBeenCalledTimes(2);
    });

    it('searches for nothing while no name was typed', async () => {
      await show();
      await userEvent.type(field('Add a package'), '>=2');
      expect(screen.queryByText('Searching')).toBeNull();
    });
  });

  describe('keeps the focus', () => {
    it('where what is removed can be added', async () => {
      await show();
      await press('Remove numpy');
      await waitFor(() => expect(field('Add a package')).toHaveFocus());
      await press('Remove conda-forge');
      await waitFor(() => expect(field('Add a channel')).toHaveFocus());
    });

    it('at what the specification starts from', async () => {
      await show();
      await press('Environment…');
      await press('Use it');
      expect(
        screen.getByRole('button', { name: 'Environment…' })
      ).toHaveFocus();
      await press('Blank');
      act(() => draft.setText(`${TEXT}# mine\n`));
      await press('Paste…');
      await userEvent.type(
        screen.getByRole('textbox', { name: /An environment.yml/ }),
        'flask'
      );
      await press('Use it');
      expect(screen.getByRole('button', { name: 'Paste…' })).toHaveFocus();
      await userEvent.click(
        await screen.findByRole('button', { name: 'Undo' })
      );
      expect(screen.getByRole('button', { name: 'Blank' })).toHaveFocus();
    });

    it('in the name that a suggestion was taken for', async () => {
      await show();
      const name = screen.getByRole('textbox', { name: 'Name' });
      await userEvent.clear(name);
      await userEvent.type(name, 'my env');
      await press('Use my-env');
      expect(name).toHaveFocus();
      expect(name).toHaveValue('my-env');
    });

    it('at the editor after a conflict', async () => {
      await show(TEXT, {
        target: { namespace: 'me', name: 'analysis' },
        baseId: 1
      });
      act(() => draft.setText(`${TEXT}# mine\n`));
      const text = 'name: theirs\n';
      client.items = [
        environment({ latest_build: build({ id: 2, text }), text })
      ];
      await act(() => store.load());
      await press('Take theirs');
      await act(async () => {
        await settled();
        document
          .querySelector<HTMLElement>('.jp-Dialog .jp-mod-accept')
          ?.click();
        await settled();
      });
      expect(screen.getByRole('radio', { name: 'Form' })).toHaveFocus();
    });
  });

  it('says why it cannot start from an environment', async () => {
    client.items = [];
    await store.load();
    await show();
    const chip = screen.getByRole('button', { name: 'Environment…' });
    expect(chip).toHaveAttribute('aria-disabled', 'true');
    expect(chip).toHaveAccessibleDescription('There are no environments yet.');
    act(() => chip.focus());
    expect(chip).toHaveFocus();
    await userEvent.click(chip);
    expect(chip).toHaveAttribute('aria-expanded', 'false');
  });

  it('says how the editor of the text is left', async () => {
    await show();
    const view = (name: string): Promise<void> =>
      userEvent.click(screen.getByRole('radio', { name }));
    await view('YAML');
    expect(
      screen.getByRole('textbox', { name: /^Specification of/ })
    ).toHaveAccessibleDescription('Escape, then Tab leaves the editor.');
    // The next document begins with the view that was chosen last.
    await view('Form');
    expect(screen.queryByText(/leaves the editor/)).toBeNull();
  });

  it('announces a verdict only when it is another', async () => {
    await show();
    const status = (): HTMLElement => {
      const found = screen.getByText('No problem found');
      expect(found).toHaveAttribute('role', 'status');
      return found;
    };
    const before = status();
    await userEvent.type(field('Constraint of numpy'), '.5');
    expect(screen.getByText('Checking')).not.toHaveAttribute('role', 'status');
    expect(status()).toBe(before);
    client.verdict = { ...client.verdict, problems: [problem()] };
    await userEvent.keyboard('5');
    await waitFor(() => expect(before).toHaveTextContent('1 problem found'));
  });
});
