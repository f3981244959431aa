import type { Extension } from '@codemirror/state';
import { Prec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import { CodeEditor } from '@jupyterlab/codeeditor';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { IProblem } from '../api/types';
import { carryOver, changedSpan, withLineFeeds } from '../spec/lineEnds';
import { rangeOf, underlines } from '../spec/lint';
import { mark, marks } from './marks';

/** Lets the surroundings of an editor move its cursor. */
export interface IYamlEditorHandle {
  goTo(problem: IProblem): void;
  focus(): void;
}

/** JupyterLab's own editor for YAML, with problems underlined. */
export const YamlEditor = React.forwardRef<
  IYamlEditorHandle,
  {
    factory: IEditorFactoryService;
    label: string;
    /** The id of what is said of it. */
    describedBy?: string;
    text: string;
    /** Without it the text can only be read. */
    onChange?: (text: string) => void;
    /** Ctrl+Enter or Cmd+Enter was pressed. */
    onSubmit?: () => void;
    problems?: readonly IProblem[];
    warnings?: readonly IProblem[];
  }
>(function YamlEditor(props, ref): JSX.Element {
  const { factory, label, describedBy, text, onChange, onSubmit } = props;
  const { problems, warnings } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const view = React.useRef<EditorView | null>(null);
  const source = React.useRef<CodeEditor.IModel | null>(null);
  const changed = React.useRef(onChange);
  changed.current = onChange;
  const submitted = React.useRef(onSubmit);
  submitted.current = onSubmit;
  const isReadOnly = onChange === undefined;
  const latestText = React.useRef(text);
  latestText.current = text;

  React.useEffect(() => {
    if (host.current === null) {
      return;
    }
    const model = new CodeEditor.Model({ mimeType: 'text/x-yaml' });
    // Before the editor is there, so that undo does not go behind it.
    model.sharedModel.setSource(withLineFeeds(latestText.current));
    model.sharedModel.clearUndoHistory();
    const editor = factory.newInlineEditor({
      host: host.current,
      model,
      config: { lineNumbers: true, readOnly: isReadOnly },
      extensions: [
        EditorView.contentAttributes.of({
          'aria-label': label,
          ...(describedBy && { 'aria-describedby': describedBy })
        }),
        ...(isReadOnly ? [] : [marks, undoKeys(model), submitKey(submitted)])
      ]
    });
    const onSource = (): void => {
      const written = model.sharedModel.getSource();
      changed.current?.(carryOver(latestText.current, written));
    };
    view.current = (editor as CodeMirrorEditor).editor;
    if (isReadOnly) {
      // JupyterLab's binding of Tab would write one even here, and keep the focus.
      view.current.setTabFocusMode(true);
    }
    source.current = model;
    model.sharedModel.changed.connect(onSource);
    return () => {
      model.sharedModel.changed.disconnect(onSource);
      view.current = null;
      source.current = null;
      editor.dispose();
      model.dispose();
    };
  }, [factory, isReadOnly, label, describedBy]);

  React.useEffect(() => {
    const shared = source.current?.sharedModel;
    const before = shared?.getSource();
    const after = withLineFeeds(text);
    if (shared && before !== undefined && before !== after) {
      // Only what is different, so that the cursor stays where it is.
      const { from, to, insert } = changedSpan(before, after);
      shared.updateSource(from, to, insert);
    }
  }, [text, factory, isReadOnly, label]);

  React.useEffect(() => {
    const editor = view.current;
    if (editor === null) {
      return;
    }
    const { doc } = editor.state;
    const found = [
      ...underlines(doc, problems ?? [], 'error'),
      ...underlines(doc, warnings ?? [], 'warning')
    ];
    mark(editor, found);
  }, [problems, warnings, text]);

  React.useImperativeHandle(ref, () => ({
    goTo: problem => {
      const editor = view.current;
      const range = editor && rangeOf(editor.state.doc, problem);
      if (editor && range) {
        editor.dispatch({
          selection: { anchor: range.from, head: range.to },
          scrollIntoView: true
        });
        editor.focus();
      }
    },
    focus: () => view.current?.focus()
  }));

  return <div ref={host} className="jp-EnvStore-editor" />;
});

/** JupyterLab binds these in its own documents only. */
function undoKeys(model: CodeEditor.IModel): Extension {
  const { sharedModel } = model;
  const redo = (): boolean => {
    sharedModel.redo();
    return true;
  };
  return keymap.of([
    {
      key: 'Mod-z',
      run: () => {
        sharedModel.undo();
        return true;
      },
      shift: redo
    },
    { key: 'Mod-y', run: redo }
  ]);
}

/** The editor's own binding of the key would insert a line and hide it from commands. */
function submitKey(
  submitted: React.MutableRefObject<(() => void) | undefined>
): Extension {
  return Prec.highest(
    keymap.of([
      {
        key: 'Mod-Enter',
        run: () => {
          submitted.current?.();
          return true;
        }
      }
    ])
  );
}
