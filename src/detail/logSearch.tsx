import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import type { LogModel } from '../model/log';
import type { LogEditor } from './logEditor';

/** Searches the log as one types; Enter goes on, Shift+Enter back. */
export function LogSearch(props: {
  log: LogModel;
  editor: LogEditor;
  field: React.RefObject<HTMLInputElement>;
  /** Another place than the end of the log is shown. */
  onMoved: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { log, editor, field, onMoved } = props;
  const [text, setText] = React.useState('');
  const [, render] = React.useReducer((count: number) => count + 1, 0);
  const { count, index } = editor;

  // What is added may be what is searched for.
  React.useEffect(() => {
    if (text === '') {
      return;
    }
    const onAppended = (): void => render();
    log.appended.connect(onAppended);
    return () => void log.appended.disconnect(onAppended);
  }, [log, text]);

  const place =
    count === 0 ? trans.__('Not found') : trans.__('%1 of %2', index, count);
  // The count goes up while text comes, which nobody wants to hear each time.
  const asked = `${text} ${index}`;
  const said = React.useRef({ asked, place });
  if (said.current.asked !== asked) {
    said.current = { asked, place };
  }

  const step = (by: 1 | -1): void => {
    onMoved();
    editor.step(by);
    render();
  };
  return (
    <span role="search" className="jp-EnvStoreLog-search">
      <input
        ref={field}
        type="search"
        className="jp-EnvStoreDetail-search"
        aria-label={trans.__('Search the log')}
        placeholder={trans.__('Search the log')}
        value={text}
        onChange={event => {
          onMoved();
          setText(event.target.value);
          editor.search(event.target.value);
        }}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            event.preventDefault();
            step(event.shiftKey ? -1 : 1);
          }
        }}
      />
      {text !== '' && (
        <>
          <span aria-hidden="true">{place}</span>
          <span className="jp-EnvStore-hidden" role="status">
            {said.current.place}
          </span>
          <Action
            label="↑"
            name={trans.__('Previous')}
            isDisabled={count === 0}
            onClick={() => step(-1)}
          />
          <Action
            label="↓"
            name={trans.__('Next')}
            isDisabled={count === 0}
            onClick={() => step(1)}
          />
        </>
      )}
    </span>
  );
}
