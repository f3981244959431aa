import * as React from 'react';
import type { IBuild } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import type { LogModel } from '../model/log';

/** Whether the log goes on, in a few words; why there is none. */
export function LogState(props: {
  log: LogModel;
  build: IBuild;
  ahead: number | null;
}): JSX.Element {
  const trans = useTrans();
  const { log, build, ahead } = props;
  const isEmpty = log.text === '';
  switch (log.state) {
    case 'following':
      if (isEmpty && build.status === 'QUEUED') {
        return ahead ? (
          <>
            {trans._n(
              'Waiting for the builder: %1 build is ahead in the queue',
              'Waiting for the builder: %1 builds are ahead in the queue',
              ahead
            )}
          </>
        ) : (
          <>{trans.__('Waiting for the builder')}</>
        );
      }
      return (
        <>
          {isEmpty
            ? trans.__('Waiting for the first line')
            : trans.__('Following the log')}
        </>
      );
    case 'ended':
      return (
        <>
          {isEmpty
            ? trans.__('No log was kept of this build')
            : trans.__('The log is complete')}
        </>
      );
    case 'error':
      return (
        <>
          {log.error?.kind === 'unreachable'
            ? trans.__(
                'The server cannot be reached. The log stands still, and goes on when the server is back.'
              )
            : log.error?.message}{' '}
          <Action label={trans.__('Retry')} onClick={() => void log.start()} />
        </>
      );
    default:
      return <></>;
  }
}
