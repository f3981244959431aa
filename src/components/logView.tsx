import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import * as React from 'react';
import type { LogModel } from '../model/log';
import { useTrans } from './context';
import { useSignal } from './useSignal';

/** The keys that move away from the end of the log. */
const LEAVING_KEYS = ['ArrowUp', 'PageUp', 'Home'];

/** A build's log, as it is written. */
export function LogView(props: { log: LogModel; label: string }): JSX.Element {
  const trans = useTrans();
  const { log, label } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const view = React.useRef<EditorView | null>(null);
  const [isFollowed, setFollowed] = React.useState(true);
  const followed = React.useRef(isFollowed);
  followed.current = isFollowed;
  useSignal(log.stateChanged);

  React.useEffect(() => {
    if (host.current === null) {
      return;
    }
    const editor = new EditorView({
      parent: host.current,
      doc: log.text,
      extensions: [
        jupyterTheme,
        lineNumbers(),
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({
          tabindex: '0',
          'aria-label': label
        })
      ]
    });
    view.current = editor;
    const append = (_: LogModel, text: string): void => {
      const { length } = editor.state.doc;
      editor.dispatch({ changes: { from: length, insert: text } });
      if (followed.current) {
        scrollToEnd(editor);
      }
    };
    // Another theme has other letters, so that the end is somewhere else.
    const resizing = new ResizeObserver(() => {
      if (followed.current) {
        scrollToEnd(editor);
      }
    });
    resizing.observe(editor.contentDOM);
    resizing.observe(editor.dom);
    log.appended.connect(append);
    void log.start();
    return () => {
      resizing.disconnect();
      log.appended.disconnect(append);
      view.current = null;
      editor.destroy();
    };
  }, [log, label]);

  React.useEffect(() => {
    if (isFollowed && view.current) {
      scrollToEnd(view.current);
    }
  }, [isFollowed]);

  return (
    <div className="jp-EnvStore-log">
      <div className="jp-EnvStore-logBar">
        <span role="status">
          <LogState log={log} />
        </span>
        <button
          type="button"
          className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
          aria-pressed={isFollowed}
          onClick={() => setFollowed(!isFollowed)}
        >
          {trans.__('Follow')}
        </button>
      </div>
      <div
        ref={host}
        className="jp-EnvStore-logText"
        onWheel={event => {
          if (event.deltaY < 0) {
            setFollowed(false);
          }
        }}
        onKeyDown={event => {
          if (LEAVING_KEYS.includes(event.key)) {
            setFollowed(false);
          }
        }}
      />
    </div>
  );
}

function LogState(props: { log: LogModel }): JSX.Element {
  const trans = useTrans();
  const { log } = props;
  switch (log.state) {
    case 'following':
      return (
        <>
          {log.text === ''
            ? trans.__('Waiting for the first line')
            : trans.__('Following the log')}
        </>
      );
    case 'ended':
      return (
        <>
          {log.text === ''
            ? trans.__('The log is empty')
            : trans.__('The log is complete')}
        </>
      );
    case 'error':
      return (
        <>
          {log.error?.message}{' '}
          <button
            type="button"
            className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
            onClick={() => void log.start()}
          >
            {trans.__('Retry')}
          </button>
        </>
      );
    default:
      return <></>;
  }
}

function scrollToEnd(view: EditorView): void {
  view.dispatch({
    effects: EditorView.scrollIntoView(view.state.doc.length, { y: 'end' })
  });
}
