import '../../style/log.css';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { formatDuration, shownId } from '../components/format';
import { useSignal } from '../components/useSignal';
import type { LogModel } from '../model/log';
import { download } from './download';
import { LogEditor } from './logEditor';
import { LogSearch } from './logSearch';
import { LogState } from './logState';
import { errorLine } from './logText';

/** Pixels from the end of the log that still count as its end: less than a line. */
const SLACK = 12;

/** Milliseconds in which what scrolls may still be the editor. */
const OWN_SCROLLING = 200;

/** A build's log, as it is written. */
export function LogView(props: {
  log: LogModel;
  build: IBuild;
  /** How many builds wait before it; null if it does not wait. */
  ahead: number | null;
}): JSX.Element {
  const trans = useTrans();
  const { log, build, ahead } = props;
  const label = trans.__('Log of build %1', shownId(build.id));
  const host = React.useRef<HTMLDivElement>(null);
  const field = React.useRef<HTMLInputElement>(null);
  const [editor, setEditor] = React.useState<LogEditor | null>(null);
  const [isFollowed, setFollowed] = React.useState(true);
  const [isWrapped, setWrapped] = React.useState(true);
  const followed = React.useRef(isFollowed);
  followed.current = isFollowed;
  const top = React.useRef(0);
  useSignal(log.stateChanged);

  React.useEffect(() => {
    if (host.current === null) {
      return;
    }
    const made = new LogEditor(host.current, label);
    let spans = 0;
    let breaks = 0;
    const append = (_: unknown, text: string): void => {
      made.append(text, log.spans.slice(spans));
      spans = log.spans.length;
      if (followed.current) {
        made.scrollToEnd();
      }
    };
    const mark = (): void => {
      for (const { at, seconds } of log.breaks.slice(breaks)) {
        const time = formatDuration(seconds);
        made.mark(
          at,
          trans.__('The connection was lost for %1. Nothing is missing.', time)
        );
      }
      breaks = log.breaks.length;
    };
    append(log, log.text);
    mark();
    // Another theme has other letters, so that the end is somewhere else.
    const resizing = new ResizeObserver(() => {
      if (followed.current) {
        made.scrollToEnd();
      }
    });
    resizing.observe(made.view.contentDOM);
    resizing.observe(made.view.dom);
    log.appended.connect(append);
    log.stateChanged.connect(mark);
    setEditor(made);
    void log.start();
    return () => {
      resizing.disconnect();
      log.appended.disconnect(append);
      log.stateChanged.disconnect(mark);
      setEditor(null);
      made.dispose();
    };
  }, [log, label, trans]);

  React.useEffect(() => {
    if (isFollowed) {
      editor?.scrollToEnd();
    }
  }, [editor, isFollowed]);
  React.useEffect(() => editor?.wrap(isWrapped), [editor, isWrapped]);

  const jump = (): void => {
    const line = errorLine(log.text);
    if (editor && line) {
      setFollowed(false);
      editor.select(line.from, line.to);
      editor.view.focus();
    }
  };

  // Only people scroll up, and to the end when it is not followed; a search may lead there.
  const onScroll = ({ target }: React.UIEvent): void => {
    const { scrollTop, scrollHeight, clientHeight } = target as Element;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < SLACK;
    if (
      isAtEnd
        ? scrollTop > top.current &&
          Date.now() - (editor?.scrolledAt ?? 0) > OWN_SCROLLING
        : scrollTop < top.current
    ) {
      followed.current = isAtEnd;
      setFollowed(isAtEnd);
    }
    top.current = scrollTop;
  };

  return (
    <div
      className="jp-EnvStore-log"
      onKeyDown={event => {
        if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
          event.preventDefault();
          event.stopPropagation();
          field.current?.select();
        }
      }}
    >
      <div className="jp-EnvStore-logBar">
        <span role="status" className="jp-EnvStoreLog-state">
          <LogState log={log} build={build} ahead={ahead} />
        </span>
        {editor && (
          <LogSearch
            log={log}
            editor={editor}
            field={field}
            onMoved={() => setFollowed(false)}
          />
        )}
        {log.state === 'ended' && errorLine(log.text) && (
          <Action label={trans.__('Jump to the Error')} onClick={jump} />
        )}
        <Action
          label={trans.__('Follow')}
          isPressed={isFollowed}
          onClick={() => setFollowed(!isFollowed)}
        />
        <Action
          label={trans.__('Wrap')}
          isPressed={isWrapped}
          onClick={() => setWrapped(!isWrapped)}
        />
        <Action
          label={trans.__('Download')}
          onClick={() =>
            download(
              `${build.namespace}-${build.name}-${shownId(build.id)}.log`,
              {
                text: log.text
              }
            )
          }
        />
        <CopyButton text={() => log.text} label={trans.__('Copy the log')} />
      </div>
      <div
        ref={host}
        className="jp-EnvStore-logText"
        onScrollCapture={onScroll}
      />
    </div>
  );
}
