import * as React from 'react';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { LogModel } from '../model/log';
import { lastLines } from './logText';

/** Lines at the end of a log that tell most of a failure. */
const LINES = 30;

/** The end of a log, where the whole of it is elsewhere. */
export function LogEnd(props: { log: LogModel }): JSX.Element | null {
  const trans = useTrans();
  const { log } = props;
  useSignal(log.stateChanged);
  React.useEffect(() => void log.start(), [log]);
  const text = lastLines(log.text, LINES);
  return log.state === 'ended' && text !== '' ? (
    <details open>
      <summary className="jp-EnvStore-foldName">
        {trans.__('The last lines of the log')}
      </summary>
      <pre
        ref={scrollToEnd}
        className="jp-EnvStore-explanation"
        role="region"
        tabIndex={0}
        aria-label={trans.__('The last lines of the log')}
      >
        {text}
      </pre>
    </details>
  ) : null;
}

/** What went wrong is written last. */
function scrollToEnd(node: HTMLElement | null): void {
  if (node) {
    node.scrollTop = node.scrollHeight;
  }
}
