import '../../style/places.css';
import '../../style/spec.css';
import type { Text } from '@codemirror/state';
import { Compartment } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { ReactWidget } from '@jupyterlab/apputils';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IMessageHandler, Message } from '@lumino/messaging';
import { MessageLoop } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import type { Panel, Widget } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import { mark, marks } from '../components/marks';
import { useSignal } from '../components/useSignal';
import { inPlainWords } from '../components/yamlWords';
import type { EnvironmentFile } from '../model/environmentFile';
import { underlines } from '../spec/lint';
import type { IEnvStore } from '../tokens';

/** The part of JupyterLab's editor of files that matters here. */
export interface IFileEditor extends Widget {
  readonly content: Widget & { readonly editor: CodeEditor.IEditor };
  readonly context: {
    readonly path: string;
    /** Without the drive that it is in. */
    readonly localPath: string;
    readonly pathChanged: ISignal<unknown, unknown>;
    readonly ready: Promise<void>;
    readonly model: { readonly dirty: boolean };
  };
}

/** Those that are there: a toolbar is made anew when its settings change. */
const chips = new WeakMap<IFileEditor, FileChip>();

/** Underline what is wrong in a file while it has this path, and say whether it is what was built. */
export async function watchFile(
  editor: IFileEditor,
  path: string,
  place: Panel,
  store: IEnvStore,
  userInterface: IUserInterface
): Promise<void> {
  const { context } = editor;
  await context.ready;
  const model = await store.environmentFile();
  if (editor.isDisposed || place.isDisposed || context.path !== path) {
    model.dispose();
    return;
  }
  chips.get(editor)?.dispose();
  const chip = new FileChip({ editor, model, place, userInterface });
  chips.set(editor, chip);
  place.addWidget(chip);
}

/** How the file in an editor stands to what was built, in the toolbar of the editor. */
class FileChip extends ReactWidget {
  constructor(private readonly _options: IOptions) {
    super();
    this.addClass('jp-EnvStoreChip');
    const { editor, model } = _options;
    const source = editor.content.editor as CodeMirrorEditor;
    this._view = source.editor;
    source.injectExtension(
      this._part.of([
        marks,
        EditorView.updateListener.of(({ docChanged }) => {
          if (docChanged) {
            this._read();
          }
        })
      ])
    );
    model.changed.connect(this._onChanged, this);
    editor.disposed.connect(this.dispose, this);
    MessageLoop.installMessageHook(editor.content, this);
    this._read();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      const { editor, model } = this._options;
      MessageLoop.removeMessageHook(editor.content, this);
      this._view.dispatch({ effects: this._part.reconfigure([]) });
      model.dispose();
    }
  }

  /** What the editor is told: whether somebody sees it. */
  messageHook(_: IMessageHandler, { type }: Message): boolean {
    if (/^after-(attach|hide|show)$/.test(type)) {
      // The editor hears of it after us.
      queueMicrotask(() => this._read());
    }
    return true;
  }

  protected override render(): JSX.Element {
    return <Chip {...this._options} />;
  }

  private _read(): void {
    if (!this.isDisposed) {
      const { editor, model } = this._options;
      model.read(this._view.state.doc.toString(), editor.content.isVisible);
    }
  }

  private _onChanged(): void {
    const { model, place, userInterface } = this._options;
    const { found, isKnown, unreadable } = model;
    const { doc } = this._view.state;
    place.setHidden(!isKnown);
    // What was found in an earlier text moves with it, and does not come back with what is undone.
    if (found !== this._marked || (doc !== this._doc && this._doc?.eq(doc))) {
      this._marked = found;
      this._doc = doc;
      const problems = unreadable.length
        ? inPlainWords(unreadable, userInterface.trans)
        : found.problems;
      mark(this._view, [
        ...underlines(doc, problems, 'error'),
        ...underlines(doc, found.warnings, 'warning')
      ]);
    }
  }

  private readonly _view: EditorView;
  /** What is in the editor besides. */
  private readonly _part = new Compartment();
  private _marked: EnvironmentFile.IFound | null = null;
  /** The text that it was found in. */
  private _doc: Text | null = null;
}

interface IOptions {
  editor: IFileEditor;
  model: EnvironmentFile;
  /** The part of the toolbar for the chip. */
  place: Panel;
  userInterface: IUserInterface;
}

function Chip({ editor, model, userInterface }: IOptions): JSX.Element {
  const { commands, trans } = userInterface;
  useSignal(model.changed);
  const { environment, found, isBuilt } = model;
  const count = found.problems.length;
  const begin = [CommandIDs.buildFile, { path: editor.context.path }] as const;
  const isDenied = environment === null && !commands.isEnabled(...begin);
  let label = trans.__('not built');
  // Or why not.
  let title = commands.caption(...begin);
  if (environment !== null) {
    const { name, namespace, latest_build: build } = environment;
    label = isBuilt
      ? trans.__('%1 b%2', name, build.id)
      : trans.__('%1 differs', name);
    title = trans.__(
      'Compared with build %1, the newest of environment %2 in namespace %3',
      build.id,
      name,
      namespace.name
    );
  }
  return (
    <>
      <button
        type="button"
        className="jp-EnvStoreChip-button jp-Button"
        title={title}
        aria-disabled={isDenied || undefined}
        aria-description={isDenied ? title : undefined}
        onClick={() => {
          if (!isDenied) {
            void commands.execute(...commandOf(editor, model));
          }
        }}
      >
        {label}
      </button>
      {/* An underline is for eyes only. */}
      <span className="jp-EnvStore-hidden" role="status">
        {count > 0 && trans._n('%1 problem found', '%1 problems found', count)}
      </span>
    </>
  );
}

/** What a click does, with the text as it is shown: it may not be saved yet. */
function commandOf(
  { context, title }: IFileEditor,
  { environment, isBuilt, mayWrite, text }: EnvironmentFile
): [string, ReadonlyPartialJSONObject] {
  if (environment === null) {
    return context.model.dirty
      ? [CommandIDs.create, { text, filename: title.label }]
      : [CommandIDs.buildFile, { path: context.path }];
  }
  const { name, namespace, latest_build: build } = environment;
  return [
    CommandIDs.open,
    {
      namespace: namespace.name,
      name,
      tab: 'specification',
      ...(!isBuilt && mayWrite && { draft: text, baseId: build.id })
    }
  ];
}
