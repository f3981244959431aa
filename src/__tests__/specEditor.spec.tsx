import { EditorView } from '@codemirror/view';
import {
  act,
  fireEvent,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { DraftView } from '../detail/draftView';
import { DraftModel } from '../model/draft';
import { EnvStore } from '../model/store';
import { editorFactory } from './editorFactory';
import {
  environment,
  FakeClient,
  FakeStream,
  foundPackage,
  namespace,
  problem,
  settled
} from './fixtures';
import { renderWithCommands } from './render';

const TEXT = `# Mine
name: analysis
channels:
  - conda-forge
  - bioconda  # for samtools
dependencies:
  - python =3.12
  - "numpy>=1.26,<3"  # not 3 yet
  - pytorch=2.*=cuda*
  - pip:
    - flask==3.1
variables:
  MODE: fast
x-note: kept
`;

describe('the editor of a specification', () => {
  let client: FakeClient;
  let store: EnvStore;
  let draft: DraftModel;

  async function show(text: string = TEXT): Promise<void> {
    draft = new DraftModel({ client, store, text, namespace: 'me' });
    await act(async () => {
      renderWithCommands(<DraftView model={draft} factory={editorFactory()} />);
      await settled();
    });
  }

  async function view(name: 'Form' | 'YAML' | 'Split'): Promise<void> {
    await userEvent.click(screen.getByRole('radio', { name }));
  }

  function editor(): EditorView {
    const found = EditorView.findFromDOM(
      screen.getByRole('textbox', { name: /^Specification of/ })
    );
    if (found === null) {
      throw new Error('There is no editor.');
    }
    return found;
  }

  const field = (name: string | RegExp): HTMLElement =>
    screen.getByRole('combobox', { name });

  beforeEach(async () => {
    // jsdom has no layout, so that nothing can be scrolled.
    Element.prototype.scrollIntoView = jest.fn();
    client = new FakeClient();
    client.items = [
      environment({ name: 'other' }),
      environment({ name: 'third', namespace: namespace('team') })
    ];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
  });

  afterEach(async () => {
    // The next document begins with the view that was chosen last.
    if (!draft.lockfile) {
      await view('Form');
    }
    draft.dispose();
    store.dispose();
  });

  it('shows what the text says, and changes nothing by that', async () => {
    await show();
    const names = screen.getAllByRole('rowheader');
    expect(names.map(name => name.textContent)).toEqual([
      'python',
      'numpynot 3 yet',
      'pytorch',
      'flaskpip'
    ]);
    expect(field('Constraint of python')).toHaveValue('=3.12');
    expect(field('Constraint of numpy')).toHaveValue('>=1.26,<3');
    expect(field('pytorch=2.*=cuda*, as it is written')).toHaveValue(
      'pytorch=2.*=cuda*'
    );
    expect(screen.getByText(/Kept as it is/)).toHaveTextContent('x-note');
    await view('Split');
    await view('YAML');
    await view('Form');
    expect(draft.text).toBe(TEXT);
  });

  it('changes the line of what is edited, and no other', async () => {
    await show();
    const numpy = field('Constraint of numpy');
    await userEvent.clear(numpy);
    await userEvent.type(numpy, '>=2');
    await userEvent.type(field(/^pytorch/), '{Backspace}12*');
    await userEvent.type(field('Constraint of flask'), '.1');
    expect(draft.text).toBe(
      TEXT.replace('"numpy>=1.26,<3"', '"numpy>=2"')
        .replace('cuda*', 'cuda12*')
        .replace('==3.1', '==3.1.1')
    );
  });

  it('finds packages as one types, by how near their names are', async () => {
    client.offers = ['scipy', 'scipy-extra', 'libscipy'].map(name =>
      foundPackage(name)
    );
    await show();
    const box = field('Add a package');
    await userEvent.type(box, 'scipy');
    const list = await screen.findByRole('group', { name: 'Contains' });
    expect(list).toHaveTextContent('libscipy');
    expect(screen.getByRole('group', { name: 'Exact' })).toHaveTextContent(
      'What scipy does'
    );
    expect(box).toHaveAttribute('aria-expanded', 'true');
    // As typed, then the exact one, then what begins so.
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    const active = box.getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(active)).toHaveTextContent('scipy-extra');
    await userEvent.keyboard('{Enter}');
    expect(draft.text).toContain('  - pytorch=2.*=cuda*\n  - scipy-extra\n');
    expect(box).toHaveFocus();
    expect(box).toHaveValue('');
  });

  it('adds what was typed, whatever was found, and nothing twice', async () => {
    client.offers = [foundPackage('scipy')];
    await show();
    const box = field('Add a package');
    await userEvent.type(box, 'bioconda::samtools>=1{Enter}');
    expect(draft.text).toContain('  - bioconda::samtools>=1\n  - pip:');
    await userEvent.type(box, 'python{Enter}');
    expect(draft.text.match(/python/g)).toHaveLength(1);
    await userEvent.type(box, 'python=3.13{Enter}');
    expect(draft.text).toContain('  - python=3.13\n');
    fireEvent.change(screen.getByRole('combobox', { name: 'Installed by' }), {
      target: { value: 'pip' }
    });
    await userEvent.type(box, 'rich>=13{Enter}');
    expect(draft.text).toContain('    - flask==3.1\n    - rich>=13\n');
    expect(submitted()).toBe(0);
  });

  function submitted(): number {
    return client.count('submit');
  }

  it('offers the versions of a package', async () => {
    client.offers = [
      foundPackage('python', { version: '3.13.1' }),
      foundPackage('python', { version: '3.12.8' })
    ];
    await show();
    await userEvent.click(field('Constraint of python'));
    await screen.findByRole('option', { name: '3.12.8' });
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    expect(draft.text).toContain('  - python =3.12.8\n');
  });

  it('closes the list with Escape, then empties the field', async () => {
    client.offers = [foundPackage('scipy')];
    await show();
    const box = field('Add a package');
    await userEvent.type(box, 'sci');
    await screen.findByRole('option', { name: /scipy/ });
    await userEvent.keyboard('{Escape}');
    expect(box).toHaveAttribute('aria-expanded', 'false');
    expect(box).toHaveValue('sci');
    await userEvent.keyboard('{Escape}');
    expect(box).toHaveValue('');
  });

  it('removes a package with its line, and keeps the focus in the table', async () => {
    await show();
    await userEvent.click(screen.getByRole('button', { name: 'Remove numpy' }));
    expect(draft.text).toBe(
      TEXT.replace('  - "numpy>=1.26,<3"  # not 3 yet\n', '')
    );
    await waitFor(() =>
      expect(
        screen.getByRole('button', { name: 'Remove pytorch' })
      ).toHaveFocus()
    );
  });

  it('moves a channel with Alt and an arrow, and says where it is', async () => {
    await show();
    screen.getByRole('button', { name: 'Remove bioconda' }).focus();
    await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(draft.text).toContain(
      'channels:\n  - bioconda  # for samtools\n  - conda-forge\n'
    );
    expect(screen.getByText('bioconda is channel 1 of 2 now')).toHaveAttribute(
      'role',
      'status'
    );
    await waitFor(() =>
      expect(
        screen.getByRole('button', { name: 'Move bioconda down (Alt+Down)' })
      ).toHaveFocus()
    );
    await userEvent.keyboard('{Alt>}{ArrowDown}{/Alt}');
    expect(draft.text).toBe(TEXT);
  });

  it('writes variables and the description where they belong', async () => {
    await show();
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Value of MODE' }),
      'er'
    );
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Name of a new variable' }),
      'LEVEL'
    );
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Value of the new variable' }),
      '3{Enter}'
    );
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Description' }),
      'Why: EDA'
    );
    expect(draft.text).toBe(
      TEXT.replace('MODE: fast', 'MODE: faster\n  LEVEL: "3"').replace(
        'channels:',
        'description: "Why: EDA"\nchannels:'
      )
    );
  });

  it('tells a problem beside its field, and in the text', async () => {
    client.verdict = {
      name: 'analysis',
      problems: [
        problem({
          place: 'dependencies[1]',
          line: 8,
          column: 5,
          message: 'No.'
        }),
        problem({ place: 'variables', message: 'All wrong.' })
      ],
      warnings: []
    };
    await show();
    const numpy = field('Constraint of numpy');
    expect(numpy).toHaveAttribute('aria-invalid', 'true');
    expect(numpy).toHaveAccessibleDescription('No.');
    expect(screen.getByText('2 problems found')).toBeInTheDocument();
    // What has no field of its own stands below.
    expect(screen.getByText('All wrong.')).toBeInTheDocument();
    expect(screen.getAllByText('No.')).toHaveLength(1);
    await view('YAML');
    await userEvent.click(
      screen.getByRole('button', { name: /Error, line 8, column 5/ })
    );
    const { from, to } = editor().state.selection.main;
    expect(editor().state.sliceDoc(from, to)).toContain('numpy>=1.26');
    const found = editor().dom.querySelectorAll<HTMLElement>('.cm-lintRange');
    expect([...found].map(({ title }) => title)).toEqual(['No.']);
  });

  it('says at once what keeps the YAML from being read, and keeps the form away', async () => {
    await show();
    await view('Split');
    act(() =>
      editor().dispatch({ changes: { from: 0, insert: 'name: [a\n' } })
    );
    expect(screen.queryByRole('table')).toBeNull();
    expect(screen.getByText(/The form comes back/)).toHaveTextContent('Line 3');
    act(() => editor().dispatch({ changes: { from: 0, to: 9, insert: '' } }));
    expect(screen.getByRole('table')).toBeInTheDocument();
    expect(draft.text).toBe(TEXT);
  });

  it('shows in the YAML what the form writes, and the cursor stays', async () => {
    await show();
    await view('Split');
    act(() => editor().dispatch({ selection: { anchor: TEXT.length } }));
    await userEvent.type(field('Constraint of python'), '.1');
    expect(editor().state.doc.toString()).toBe(
      TEXT.replace('=3.12', '=3.12.1')
    );
    expect(editor().state.selection.main.head).toBe(TEXT.length + 2);
  });

  it('keeps the line ends of a text that has other ones', async () => {
    const windows = TEXT.replace(/\n/g, '\r\n');
    await show(windows);
    await view('Split');
    expect(draft.text).toBe(windows);
    act(() => editor().dispatch({ changes: { from: 0, insert: '# a\n' } }));
    expect(draft.text).toBe(`# a\r\n${windows}`);
  });

  it('looks at the name while it is typed, and suggests one that will do', async () => {
    await show();
    const name = screen.getByRole('textbox', { name: 'Name' });
    await userEvent.clear(name);
    await userEvent.type(name, 'my env');
    expect(name).toHaveAttribute('aria-invalid', 'true');
    await userEvent.click(screen.getByRole('button', { name: 'Use my-env' }));
    expect(draft.text).toContain('\nname: my-env\n');
    expect(name).not.toHaveAttribute('aria-invalid');
    await userEvent.clear(name);
    await userEvent.type(name, 'other');
    expect(name).toHaveAccessibleDescription(
      /There is an environment other in namespace me/
    );
  });

  it('shows why nothing can be built in a namespace', async () => {
    client.held = {
      ...client.held,
      entity_permissions: { 'me/*': ['environment:create'] }
    };
    await store.load();
    await show();
    const options = within(
      screen.getByRole('combobox', { name: 'Namespace' })
    ).getAllByRole('option');
    expect(options.map(option => option.textContent)).toEqual([
      'me',
      'team – your role does not allow builds here'
    ]);
    expect(options[1]).toBeDisabled();
  });

  it('begins anew with a template, another environment, or a text', async () => {
    await show('name: my-environment\n');
    await userEvent.click(screen.getByRole('button', { name: 'Data science' }));
    await waitFor(() => expect(draft.text).toContain('  - scikit-learn'));
    expect(draft.text).toContain(
      'name: data-science\nchannels:\n  - conda-forge'
    );
    await userEvent.click(screen.getByRole('button', { name: 'Environment…' }));
    await userEvent.click(screen.getByRole('button', { name: 'Use it' }));
    await waitFor(() => expect(draft.text).not.toContain('  - scikit-learn'));
    await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
    expect(draft.text).toContain('  - scikit-learn');
    await userEvent.click(screen.getByRole('button', { name: 'Paste…' }));
    await userEvent.type(
      screen.getByRole('textbox', { name: /An environment.yml/ }),
      'flask'
    );
    await userEvent.click(screen.getByRole('button', { name: 'Use it' }));
    await waitFor(() => expect(draft.text).toContain('    - flask'));
    expect(screen.getByText(/read as requirements.txt/)).toBeInTheDocument();
  });

  it('begins with a file that is dropped, and shows a lockfile as one', async () => {
    client.made = {
      ...client.made,
      kind: 'pixi.lock',
      is_lockfile: true,
      specification: 'version: 6\n'
    };
    await show();
    const file = {
      name: 'pixi.lock',
      size: 11,
      text: async () => 'version: 6\n'
    };
    await act(async () => {
      // jsdom has no events of this kind.
      const event = new Event('drop', { bubbles: true, cancelable: true });
      const dataTransfer = { types: ['Files'], files: [file] };
      fireEvent(
        screen.getByRole('heading', { name: 'New environment' }),
        Object.assign(event, { dataTransfer })
      );
      await settled();
    });
    await screen.findByRole('heading', { name: 'Lockfile (pixi.lock)' });
    expect(screen.queryByRole('table')).toBeNull();
    expect(draft.text).toBe('version: 6\n');
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), '2');
    // The name is selected when its field gets the focus.
    expect(draft.lockfile?.name).toBe('2');
  });
});
