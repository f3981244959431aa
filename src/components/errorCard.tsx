import * as React from 'react';
import type { EnvStoreError } from '../api/errors';
import { Action } from './action';
import { useTrans } from './context';

const ENABLE = 'jupyter server extension enable jupyter_envstore';

/** What went wrong with a request, what to do, and a way to try again. */
export function ErrorCard(props: {
  error: EnvStoreError;
  onRetry?: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { error, onRetry } = props;
  const isAbsent = error.kind === 'absent';
  return (
    <div className="jp-EnvStore-error" role="alert">
      <p>
        {isAbsent
          ? trans.__('The server extension jupyter_envstore is not enabled.')
          : error.message}
      </p>
      {isAbsent ? (
        <p>
          {trans.__('Enable it and restart the server:')} <code>{ENABLE}</code>
        </p>
      ) : (
        error.hint && <p>{error.hint}</p>
      )}
      {error.status >= 500 && (
        <p>
          {trans.__(
            'The log of the Jupyter server says more: it is where the server was started.'
          )}
        </p>
      )}
      {onRetry && <Action label={trans.__('Retry')} onClick={onRetry} />}
    </div>
  );
}
