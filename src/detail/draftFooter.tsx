import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import type { DraftModel } from '../model/draft';

/** What the server thinks of a draft, and what can be done with it. */
export function DraftFooter(props: { draft: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { draft } = props;
  const { error, problems } = draft;
  const args = { draft: draft.id };
  return (
    <div className="jp-EnvStoreSpec-footer">
      {error && problems.length === 0 && (
        <ErrorCard error={error} onRetry={() => void draft.check()} />
      )}
      <div className="jp-EnvStoreSpec-footerBar">
        <div className="jp-EnvStoreSpec-verdict">
          <Verdict draft={draft} />
        </div>
        {draft.isDirty && (
          <span className="jp-EnvStoreSpec-unsaved">
            <span aria-hidden="true">● </span>
            {trans.__('not built yet')}
          </span>
        )}
        {draft.target && (
          <CommandButton command={CommandIDs.discard} args={args} />
        )}
        <CommandButton command={CommandIDs.solve} args={args} />
        <CommandButton
          command={CommandIDs.build}
          args={args}
          emphasis="accept"
        />
      </div>
    </div>
  );
}

/** The last verdict stays until the next, so that only another one is announced. */
function Verdict(props: { draft: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { error, isChecking, lockfile, problems } = props.draft;
  const last = React.useRef('');
  const count = problems.length;
  if (!isChecking) {
    last.current =
      count > 0
        ? trans._n('%1 problem found', '%1 problems found', count)
        : error || lockfile
          ? ''
          : trans.__('No problem found');
  }
  return (
    <>
      {isChecking && trans.__('Checking')}
      <span
        role="status"
        className={isChecking ? 'jp-EnvStore-hidden' : undefined}
        data-severity={count > 0 ? 'error' : undefined}
      >
        {last.current}
      </span>
    </>
  );
}
