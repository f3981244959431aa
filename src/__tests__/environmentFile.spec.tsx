import type { EditorView } from '@codemirror/view';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { CodeEditor } from '@jupyterlab/codeeditor';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { PromiseDelegate } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import { act, fireEvent, screen } from '@testing-library/react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvironmentFile } from '../model/environmentFile';
import { EnvStore } from '../model/store';
import type { IFileEditor } from '../places/environmentFile';
import { environmentFiles } from '../plugins/environmentFiles';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  namespace,
  problem,
  settled
} from './fixtures';

const TEXT = `name: analysis
channels:
  - conda-forge
dependencies:
  - python=3.12
  - numpy
variables:
  LEVEL: 3
`;

const BUILT = environment({ text: TEXT, latest_build: build({ id: 12 }) });

/** The pause after which the server is asked, in milliseconds. */
const PAUSE = 300;

let client: FakeClient;
let store: EnvStore;

/** The server has these now, and the browser has read them. */
async function becomes(...items: FakeClient['items']): Promise<void> {
  client.items = items;
  await act(async () => {
    await store.environments.refresh();
    await settled();
  });
}

/** The user may do this, and nothing else. */
async function mayBuild(
  permissions: FakeClient['held']['entity_permissions']
): Promise<void> {
  client.held = { ...client.held, entity_permissions: permissions };
  await act(async () => {
    await store.load();
    await settled();
  });
}

/** Time goes by, and everything that waited is done. */
async function pass(milliseconds = 0): Promise<void> {
  await act(async () => {
    await settled();
    MessageLoop.flush();
    await jest.advanceTimersByTimeAsync(milliseconds);
    MessageLoop.flush();
  });
}

beforeEach(async () => {
  jest.useFakeTimers();
  client = new FakeClient();
  client.items = [BUILT];
  store = new EnvStore({ client, stream: new FakeStream() });
  await store.load();
  await settled();
  client.calls.length = 0;
});

afterEach(() => {
  store.dispose();
  jest.useRealTimers();
});

describe('a file of an environment', () => {
  let file: EnvironmentFile;

  beforeEach(() => {
    file = new EnvironmentFile({ client, store });
  });

  afterEach(() => file.dispose());

  it.each([
    ['as it is', TEXT],
    ['with comments and another layout', `# Mine.\n\n${TEXT}# No more.\n`],
    ['with keys in another order', `description: New.\n${TEXT}`],
    ['with the prefix of an export', `${TEXT}prefix: /opt/envs/analysis\n`],
    ['with quotes', TEXT.replace('numpy', '"numpy"').replace('3\n', "'3'\n")]
  ])('is what was built, %s', (_, text) => {
    file.read(text, false);
    expect(file.environment).toBe(BUILT);
    expect(file.isBuilt).toBe(true);
  });

  it.each([
    ['asks for something else', TEXT.replace('numpy', 'scipy')],
    [
      'has dependencies in another order',
      TEXT.replace('  - numpy\n', '').replace(
        's:\n  - p',
        's:\n  - numpy\n  - p'
      )
    ],
    ['has another channel', TEXT.replace('conda-forge', 'bioconda')],
    ['has another variable', TEXT.replace('3\n', '4\n')],
    ['cannot be read', `${TEXT}  [`],
    ['has aliases that would multiply', `${TEXT}${bomb()}`]
  ])('differs when it %s', (_, text) => {
    file.read(text, false);
    expect(file.environment).toBe(BUILT);
    expect(file.isBuilt).toBe(false);
  });

  it('is of no environment when it has another name, or none', () => {
    for (const text of [TEXT.replace('analysis', 'new'), 'a: 1\n', '', '[']) {
      file.read(text, false);
      expect(file.environment).toBeNull();
      expect(file.isBuilt).toBe(false);
    }
  });

  it('is of the environment that the user would build', async () => {
    const ours = environment({ id: 2, namespace: namespace('also') });
    const mine = environment({ id: 3 });
    const theirs = environment({
      id: 4,
      namespace: { ...namespace('aaa'), read_only: true, reason: 'Shared.' }
    });
    file.read(TEXT, false);
    await becomes(theirs, ours, mine);
    expect(file.environment?.namespace.name).toBe('me');
    expect(file.mayWrite).toBe(true);
    await becomes(theirs, ours);
    expect(file.environment?.namespace.name).toBe('also');
    // Whoever builds somewhere means none of those that others have.
    await becomes(theirs, environment({ id: 6, name: 'mine' }));
    expect(file.environment).toBeNull();
    expect(file.mayWrite).toBe(false);
    await mayBuild({ 'them/analysis': ['environment:create'] });
    await becomes(theirs, environment({ id: 5, namespace: namespace('them') }));
    expect(file.environment?.namespace.name).toBe('them');
    expect(file.mayWrite).toBe(true);
  });

  it('is of an environment of others for who builds nowhere', async () => {
    file.read(TEXT, false);
    await mayBuild({});
    expect(file.environment).toBe(BUILT);
    expect(file.mayWrite).toBe(false);
  });

  it('is known once the store is', async () => {
    const young = new EnvStore({ client, stream: new FakeStream() });
    const other = new EnvironmentFile({ client, store: young });
    other.read(TEXT, false);
    expect(other.isKnown).toBe(false);
    await young.load();
    expect(other.isKnown).toBe(true);
    expect(other.isBuilt).toBe(true);
    other.dispose();
    young.dispose();
  });

  it('is checked where it would be built, after a pause, and once', async () => {
    const asked: unknown[] = [];
    client.check = async (...wanted: unknown[]) => {
      asked.push(wanted.slice(0, 2));
      return client.verdict;
    };
    file.read('name: a\n', true);
    await pass(PAUSE - 1);
    file.read(TEXT, true);
    await pass(PAUSE - 1);
    expect(asked).toEqual([]);
    await pass(1);
    expect(asked).toEqual([[TEXT, 'me']]);
    file.read(TEXT, true);
    await pass(60_000);
    expect(asked).toHaveLength(1);
  });

  it('is not checked while nobody sees it, nor where it cannot be read', async () => {
    file.read(TEXT, false);
    await pass(PAUSE);
    file.read(TEXT, true);
    file.read(TEXT, false);
    await pass(PAUSE);
    file.read('name: [', true);
    await pass(PAUSE);
    expect(client.calls).toEqual([]);
  });

  it('has what the server finds, until it cannot be read', async () => {
    client.verdict = {
      name: null,
      problems: [problem({ line: 6 })],
      warnings: [problem({ line: 5 })]
    };
    file.read(TEXT, true);
    await pass(PAUSE);
    const { found } = file;
    expect(found).toEqual({
      problems: client.verdict.problems,
      warnings: client.verdict.warnings
    });
    file.read(`${TEXT}# more`, true);
    expect(file.found).toBe(found);
    file.read(`${TEXT}[`, true);
    expect(file.found.problems[0]?.line).toBe(9);
    expect(file.found.warnings).toEqual([]);
    file.read(TEXT, true);
    expect(file.found.problems).toEqual([]);
    await pass(PAUSE);
    expect(file.found.problems).toHaveLength(1);
  });

  it('has nothing wrong while the server is away, and is checked when it is seen again', async () => {
    client.verdict = { name: null, problems: [problem()], warnings: [] };
    file.read(TEXT, true);
    await pass(PAUSE);
    client.failure = new EnvStoreError({ kind: 'unreachable', message: 'No.' });
    file.read(`${TEXT}\n`, true);
    await pass(PAUSE);
    expect(file.found).toEqual({ problems: [], warnings: [] });
    client.failure = null;
    await pass(60_000);
    expect(client.count('check')).toBe(2);
    file.read(`${TEXT}\n`, true);
    await pass(PAUSE);
    expect(file.found.problems).toHaveLength(1);
  });

  it('hears and asks nothing once it is disposed of', async () => {
    let changes = 0;
    file.read(TEXT, true);
    file.changed.connect(() => (changes += 1));
    file.dispose();
    await becomes();
    await pass(PAUSE);
    expect(changes).toBe(0);
    expect(client.count('check')).toBe(0);
  });
});

/** Aliases of aliases, which stand for a great many values. */
function bomb(): string {
  const lines = ['x0: &x0 [a]'];
  for (let level = 1; level < 8; level++) {
    const aliases = Array(10)
      .fill(`*x${level - 1}`)
      .join(', ');
    lines.push(`x${level}: &x${level} [${aliases}]`);
  }
  return `${lines.join('\n')}\n`;
}

/** JupyterLab's editor of files, as far as anybody here looks at it. */
class FakeFileEditor extends Panel implements IFileEditor {
  constructor(path: string, text: string) {
    super();
    this.title.label = 'environment.yml';
    this.context = {
      path: `drive:${path}`,
      localPath: path,
      pathChanged: new Signal<unknown, unknown>({}),
      ready: Promise.resolve(),
      model: { dirty: false }
    };
    const model = new CodeEditor.Model({ mimeType: 'text/x-yaml' });
    model.sharedModel.setSource(text);
    const content = new Widget();
    const editor = editorFactory().newInlineEditor({
      host: content.node,
      model
    });
    this.content = Object.assign(content, { editor });
    this.addWidget(this.content);
  }

  readonly context;
  readonly content;

  get view(): EditorView {
    return (this.content.editor as CodeMirrorEditor).editor;
  }

  /** What is underlined, with what is said of it. */
  get underlined(): string[][] {
    const nodes = this.view.dom.querySelectorAll<HTMLElement>(
      '.cm-lintRange-error'
    );
    return [...nodes].map(({ textContent, title }) => [
      textContent ?? '',
      title
    ]);
  }

  rename(path: string): void {
    this.context.path = `drive:${path}`;
    this.context.localPath = path;
    (this.context.pathChanged as Signal<unknown, unknown>).emit(path);
  }

  replace(old: string, text: string): void {
    const from = this.view.state.doc.toString().indexOf(old);
    const changes = { from, to: from + old.length, insert: text };
    act(() => this.view.dispatch({ changes }));
  }
}

describe('the chip of a file', () => {
  let commands: CommandRegistry;
  let executed: [string, unknown][];
  let factory: (editor: IFileEditor) => Widget;
  let editor: FakeFileEditor;
  let place: Widget;
  let isCreating: boolean;

  beforeEach(async () => {
    isCreating = true;
    commands = new CommandRegistry();
    executed = [];
    for (const id of [
      CommandIDs.open,
      CommandIDs.buildFile,
      CommandIDs.create
    ]) {
      commands.addCommand(id, {
        label: id,
        caption: () => (isCreating ? 'Begin.' : 'Not you.'),
        describedBy: { args: {} },
        isEnabled: args =>
          'path' in args === (id === CommandIDs.buildFile) && isCreating,
        execute: args => void executed.push([id, args])
      });
    }
    const toolbars = {
      addFactory: (where: string, name: string, made: typeof factory) => {
        expect([where, name]).toEqual(['Editor', 'envstoreFile']);
        factory = made;
      }
    } as unknown as IToolbarWidgetRegistry;
    await environmentFiles.activate(
      { commands } as unknown as JupyterFrontEnd,
      store,
      nullTranslator,
      toolbars
    );
  });

  afterEach(() => act(() => editor.dispose()));

  async function open(path = 'work/environment.yml', text = TEXT) {
    editor = new FakeFileEditor(path, text);
    place = factory(editor);
    editor.insertWidget(0, place);
    act(() => Widget.attach(editor, document.body));
    await pass();
  }

  const chip = (): HTMLElement => screen.getByRole('button');

  const click = (): [string, unknown][] => {
    executed = [];
    fireEvent.click(chip());
    return executed;
  };

  it('says which build the file is of, and opens its specification', async () => {
    await open();
    expect(place.isHidden).toBe(false);
    expect(chip()).toHaveTextContent('analysis b12');
    expect(chip()).toHaveAttribute(
      'title',
      'Compared with build 12, the newest of environment analysis in namespace me'
    );
    expect(click()).toEqual([
      [
        CommandIDs.open,
        { namespace: 'me', name: 'analysis', tab: 'specification' }
      ]
    ]);
  });

  it('says that the file differs, and takes its text along', async () => {
    await open();
    editor.replace('numpy', 'scipy');
    expect(chip()).toHaveTextContent('analysis differs');
    expect(click()).toEqual([
      [
        CommandIDs.open,
        {
          namespace: 'me',
          name: 'analysis',
          tab: 'specification',
          draft: TEXT.replace('numpy', 'scipy'),
          baseId: 12
        }
      ]
    ]);
  });

  it('takes no text to where the user may not build', async () => {
    await mayBuild({});
    await becomes(environment({ namespace: namespace('them') }));
    await open();
    expect(chip()).toHaveTextContent('analysis differs');
    expect(click()).toEqual([
      [
        CommandIDs.open,
        { namespace: 'them', name: 'analysis', tab: 'specification' }
      ]
    ]);
  });

  it('builds the file of an environment that is not there', async () => {
    await open('work/environment.yml', 'name: new\n');
    expect(chip()).toHaveTextContent('not built');
    expect(click()).toEqual([
      [CommandIDs.buildFile, { path: 'drive:work/environment.yml' }]
    ]);
    // What was not saved is not in the file.
    editor.context.model.dirty = true;
    expect(click()).toEqual([
      [CommandIDs.create, { text: 'name: new\n', filename: 'environment.yml' }]
    ]);
  });

  it('says why it builds nothing for who may build nowhere', async () => {
    await mayBuild({});
    isCreating = false;
    await open('work/environment.yml', 'name: new\n');
    expect(chip()).toHaveTextContent('not built');
    expect(chip()).toHaveAttribute('aria-disabled', 'true');
    for (const name of ['title', 'aria-description']) {
      expect(chip()).toHaveAttribute(name, 'Not you.');
    }
    expect(click()).toEqual([]);
    isCreating = true;
    await becomes();
    expect(chip()).not.toHaveAttribute('aria-disabled');
    expect(chip()).toHaveAttribute('title', 'Begin.');
    expect(click()).toHaveLength(1);
  });

  it('follows the store', async () => {
    await open();
    await becomes(environment({ latest_build: build({ id: 13 }) }));
    expect(chip()).toHaveTextContent('analysis differs');
    await becomes();
    expect(chip()).toHaveTextContent('not built');
    await becomes({ ...BUILT, latest_build: build({ id: 14 }) });
    expect(chip()).toHaveTextContent('analysis b14');
  });

  it('comes with what cannot be read underlined at once', async () => {
    await open();
    editor.replace('  - numpy', '  - [numpy');
    expect(editor.underlined).toHaveLength(1);
    expect(editor.underlined[0]?.[1]).toBe(
      'It is not indented as what it belongs to.'
    );
    expect(screen.getByRole('status')).toHaveTextContent('1 problem found');
    expect(editor.view.dom.querySelector('.jp-EnvStore-sign')).not.toBeNull();
    expect(chip()).toHaveTextContent('analysis differs');
    editor.replace('[numpy', 'numpy');
    expect(editor.underlined).toEqual([]);
    expect(screen.getByRole('status')).toBeEmptyDOMElement();
    expect(chip()).toHaveTextContent('analysis b12');
  });

  it('has what was found again after a cut that is undone', async () => {
    client.verdict = {
      name: 'analysis',
      problems: [
        problem({ message: 'No.', line: 6, column: 5, end_column: 10 }),
        problem({ message: 'Neither.', line: 5 })
      ],
      warnings: []
    };
    await open();
    await pass(PAUSE);
    const found = editor.underlined;
    expect(found).toHaveLength(2);
    expect(screen.getByRole('status')).toHaveTextContent('2 problems found');
    editor.replace('  - numpy\n', '');
    expect(editor.underlined).toHaveLength(1);
    editor.replace('variables', '  - numpy\nvariables');
    expect(editor.underlined).toEqual(found);
    expect(client.count('check')).toBe(1);
  });

  it('comes with what the server finds, which moves with the text', async () => {
    client.verdict = {
      name: 'analysis',
      problems: [
        problem({ message: 'No.', line: 6, column: 5, end_column: 10 })
      ],
      warnings: [problem({ line: 5 })]
    };
    await open();
    await pass(PAUSE);
    expect(editor.underlined).toEqual([['numpy', 'No.']]);
    expect(
      editor.view.dom.querySelector('.cm-lintRange-warning')
    ).toHaveTextContent('- python=3.12');
    act(() => editor.rename('work/notes.yml'));
    expect(editor.underlined).toEqual([]);
    act(() => editor.rename('work/environment.yml'));
    await pass();
    await pass(PAUSE);
    expect(editor.underlined).toEqual([['numpy', 'No.']]);
    editor.replace('channels:', '# Mine.\nchannels:');
    expect(editor.underlined).toEqual([['numpy', 'No.']]);
  });

  it('asks nothing while the editor is hidden', async () => {
    await open();
    act(() => editor.hide());
    await pass(PAUSE);
    editor.replace('numpy', 'scipy');
    await pass(PAUSE);
    expect(client.count('check')).toBe(0);
    act(() => editor.show());
    await pass();
    await pass(PAUSE);
    expect(client.calls).toEqual([`check ${TEXT.replace('numpy', 'scipy')}`]);
    act(() => editor.hide());
    await pass(PAUSE);
    act(() => editor.show());
    await pass(60_000);
    expect(client.count('check')).toBe(1);
  });

  it('comes and goes with the name of the file', async () => {
    await open('work/notes.yml', TEXT.replace('- numpy', '- [numpy'));
    const { dom } = editor.view;
    expect(place.isHidden).toBe(true);
    expect(dom.querySelector('.jp-EnvStore-signs')).toBeNull();
    act(() => editor.rename('work/environment.yml'));
    await pass();
    expect(place.isHidden).toBe(false);
    expect(chip()).toHaveTextContent('analysis differs');
    expect(editor.underlined).toHaveLength(1);
    act(() => editor.rename('work/notes.yml'));
    expect(place.isHidden).toBe(true);
    expect(editor.underlined).toEqual([]);
    expect(dom.querySelector('.jp-EnvStore-signs')).toBeNull();
    act(() => editor.rename('work/environment-dev.yaml'));
    await pass();
    expect(place.isHidden).toBe(false);
    expect(editor.underlined).toHaveLength(1);
    editor.replace('[numpy', 'numpy');
    expect(editor.underlined).toEqual([]);
    await pass(PAUSE);
    expect(client.count('check')).toBe(1);
  });

  it.each([
    'environment.yml',
    'ENVIRONMENT.YAML',
    'environment-dev.yaml',
    'environments.yml',
    'environment3.yml',
    'env.yml',
    'my-env.yml',
    'conda-lock/a/environment_gpu.yml'
  ])('is there for %s', async path => {
    await open(path);
    expect(place.isHidden).toBe(false);
  });

  it.each([
    'conda-lock.yml',
    'environment-lock.yml',
    'env.conda-lock.yml',
    'envoy.yaml',
    'docker-compose.yml',
    'environment.txt',
    'environment.yml/notes.txt',
    'myenvironment.yml'
  ])('is not there for %s', async path => {
    await open(path);
    expect(place.isHidden).toBe(true);
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('is one, also when the toolbar is made anew', async () => {
    await open();
    const old = place;
    place = factory(editor);
    act(() => {
      old.parent = null;
      editor.insertWidget(0, place);
    });
    await pass(PAUSE);
    expect(screen.getAllByRole('button')).toHaveLength(1);
    expect(client.count('check')).toBe(1);
    editor.replace('numpy', 'scipy');
    await pass(PAUSE);
    expect(client.count('check')).toBe(2);
  });

  it('goes with its editor', async () => {
    await open();
    // As a toolbar does when it is made anew without us.
    act(() => {
      place.parent = null;
      editor.dispose();
    });
    expect(place).toHaveProperty('widgets.length', 0);
    await pass(PAUSE);
    expect(client.count('check')).toBe(0);
  });

  it('leaves the other views of its file alone', async () => {
    await open();
    const hidden = jest.spyOn(place, 'hide');
    act(() => editor.dispose());
    editor.rename('work/env.yml');
    expect(hidden).not.toHaveBeenCalled();
  });

  it('comes into no toolbar that was made anew meanwhile', async () => {
    const loaded = new PromiseDelegate<EnvironmentFile>();
    const late = await store.environmentFile();
    const models = jest.spyOn(store, 'environmentFile');
    models.mockReturnValueOnce(loaded.promise);
    editor = new FakeFileEditor('environment.yml', TEXT);
    const old = factory(editor);
    await pass();
    place = factory(editor);
    old.dispose();
    editor.insertWidget(0, place);
    act(() => Widget.attach(editor, document.body));
    await pass(PAUSE);
    loaded.resolve(late);
    await pass(PAUSE);
    expect(models).toHaveBeenCalledTimes(2);
    expect(screen.getAllByRole('button')).toHaveLength(1);
    expect(client.count('check')).toBe(1);
  });

  it('stays away where its code cannot be loaded', async () => {
    const refused = jest.spyOn(store, 'environmentFile');
    refused.mockRejectedValueOnce(new Error('No chunk.'));
    await open();
    expect(place.isHidden).toBe(true);
    act(() => editor.rename('work/env.yml'));
    await pass();
    expect(chip()).toHaveTextContent('analysis b12');
  });

  it('does not come to a file that was closed or renamed meanwhile', async () => {
    const began = jest.spyOn(store, 'environmentFile');
    editor = new FakeFileEditor('environment.yml', TEXT);
    place = factory(editor);
    editor.dispose();
    await pass(PAUSE);
    editor = new FakeFileEditor('environment.yml', TEXT);
    place = factory(editor);
    editor.rename('notes.yml');
    await pass(PAUSE);
    expect(began).toHaveBeenCalledTimes(2);
    expect(place.isHidden).toBe(true);
    expect(client.calls).toEqual([]);
    expect(editor.view.dom.querySelector('.jp-EnvStore-signs')).toBeNull();
  });
});
