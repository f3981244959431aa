import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { UnifiedDiff } from '../components/unifiedDiff';
import { useDenial } from '../components/useDenial';
import type { CondaModel } from '../model/conda';

/** What a change would do to the file, and the buttons that do it or not. */
export function CondaProposal(props: { model: CondaModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const { proposal } = model;
  const denial = useDenial(CommandIDs.register);
  const status = React.useRef<HTMLDivElement>(null);
  const [isCanceled, setCanceled] = React.useState(false);
  // The buttons go away; what became of the change has the focus then.
  const end = (canceled: boolean): void => {
    setCanceled(canceled);
    status.current?.focus();
  };
  return (
    <>
      <div
        ref={status}
        role="status"
        tabIndex={-1}
        className="jp-EnvStoreDetail-verdict"
      >
        {isCanceled && !model.outcome && !proposal ? (
          trans.__('Nothing was written.')
        ) : (
          <Outcome model={model} />
        )}
      </div>
      {proposal && (
        <section
          className="jp-EnvStoreConda-proposal"
          aria-label={trans.__('The change')}
        >
          <h3>
            {proposal.action === 'register'
              ? trans.__('Register %1', proposal.change.namespaces.join(', '))
              : trans.__(
                  'Unregister %1',
                  proposal.change.namespaces.join(', ')
                )}
          </h3>
          <Effect proposal={proposal} file={model.config?.file ?? ''} />
          <div className="jp-EnvStoreDetail-actions">
            <Action
              label={trans.__('Write the Change')}
              emphasis="accept"
              isDisabled={
                denial !== null || model.isBusy || proposal.change.diff === ''
              }
              caption={
                denial ??
                (proposal.change.diff === ''
                  ? trans.__('Nothing would change.')
                  : undefined)
              }
              onClick={async () => {
                await model.confirm();
                if (model.outcome) {
                  end(false);
                }
              }}
            />
            <Action
              label={trans.__('Cancel')}
              onClick={() => {
                model.discard();
                end(true);
              }}
            />
          </div>
        </section>
      )}
    </>
  );
}

function Effect(props: {
  proposal: CondaModel.IProposal;
  file: string;
}): JSX.Element {
  const trans = useTrans();
  const { proposal, file } = props;
  const { change } = proposal;
  if (change.problem) {
    return (
      <p role="alert">
        {change.problem.message}{' '}
        {change.problem.hint && (
          <span className="jp-EnvStore-hint">{change.problem.hint}</span>
        )}
      </p>
    );
  }
  if (change.diff === '') {
    return <p>{trans.__('Nothing would change.')}</p>;
  }
  return (
    <>
      {change.removes_file && (
        <p>
          {trans.__(
            'The file did not exist before the store made it, so it is removed.'
          )}
        </p>
      )}
      <UnifiedDiff diff={change.diff} label={trans.__('Changes to %1', file)} />
    </>
  );
}

function Outcome(props: { model: CondaModel }): JSX.Element {
  const trans = useTrans();
  const { config, outcome } = props.model;
  switch (outcome) {
    case 'written':
      return <>{trans.__('%1 is written.', config?.file ?? '')}</>;
    case 'conflict':
      return (
        <strong>
          {trans.__(
            'The file changed meanwhile, and nothing was written. This is the change to the file as it is now.'
          )}
        </strong>
      );
    case null:
      return <></>;
  }
}
