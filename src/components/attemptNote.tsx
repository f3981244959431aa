import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from './context';

/** Says that a build was begun more than once, and why. */
export function AttemptNote(props: {
  build: IBuild;
  /** How often it is begun at most; null if that is not known. */
  maxAttempts: number | null;
}): JSX.Element | null {
  const trans = useTrans();
  const text = attemptText(props.build, props.maxAttempts, trans);
  return text === null ? null : (
    <p className="jp-EnvStoreDetail-attempt">{text}</p>
  );
}

/** Only a lost server makes a build begin anew: whatever else fails, fails for good. */
function attemptText(
  build: IBuild,
  maxAttempts: number | null,
  trans: TranslationBundle
): string | null {
  const { attempts, status } = build;
  if (status === 'QUEUED' && attempts > 0) {
    return trans.__(
      '%1: the server that ran it went away. It will begin again.',
      ordinal(attempts, maxAttempts, trans)
    );
  }
  if (status === 'BUILDING' && attempts > 1) {
    return trans.__(
      '%1: the server that ran it before went away.',
      ordinal(attempts, maxAttempts, trans)
    );
  }
  if (status === 'COMPLETED' && attempts > 1) {
    return trans.__('It took %1 attempts: a server went away.', attempts);
  }
  return null;
}

function ordinal(
  attempts: number,
  maxAttempts: number | null,
  trans: TranslationBundle
): string {
  return maxAttempts === null
    ? trans.__('Attempt %1', attempts)
    : trans.__('Attempt %1 of %2', attempts, maxAttempts);
}
