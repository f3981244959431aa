import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { isActive } from '../api/types';
import { AttemptNote } from '../components/attemptNote';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { FailureCard } from '../components/failureCard';
import { phaseLabel, statusLabel } from '../components/format';
import { LogView } from '../components/logView';
import { PhaseStrip } from '../components/phaseStrip';
import { ProgressBar } from '../components/progressBar';
import { StateBadge } from '../components/stateBadge';
import { useSignal } from '../components/useSignal';
import { YamlEditor } from '../components/yamlEditor';
import type { BuildModel } from '../model/build';
import { BuildFacts } from './buildFacts';

/** One build: its failure or progress, its log, its specification and where it is. */
export function BuildView(props: {
  model: BuildModel;
  factory: IEditorFactoryService;
  maxAttempts: number | null;
}): JSX.Element | null {
  const trans = useTrans();
  const { model, factory, maxAttempts } = props;
  useSignal(model.changed);
  const { build, error } = model;
  if (build === null) {
    return error ? (
      <ErrorCard error={error} onRetry={() => void model.refresh()} />
    ) : (
      <div className="jp-EnvStore-skeleton" aria-busy="true" />
    );
  }
  return (
    <>
      <Announcement build={build} />
      {build.status === 'FAILED' && <FailureCard build={build} />}
      <section aria-label={trans.__('Progress of build %1', build.id)}>
        <div className="jp-EnvStoreDetail-buildTitle">
          <h3>{trans.__('Build %1', build.id)}</h3>
          <StateBadge build={build} />
        </div>
        <AttemptNote build={build} maxAttempts={maxAttempts} />
        {isActive(build) && <ProgressBar build={build} />}
        <PhaseStrip
          build={build}
          spans={model.spans}
          phaseSince={model.phaseSince}
        />
        <Warnings build={build} />
      </section>
      <Log model={model} isOpen={build.status !== 'COMPLETED'} />
      <section aria-label={trans.__('Specification')}>
        <h3>{trans.__('Specification')}</h3>
        <YamlEditor
          factory={factory}
          label={trans.__('Specification of build %1', build.id)}
          text={build.text ?? ''}
        />
      </section>
      <BuildFacts build={build} />
    </>
  );
}

/** Tells a screen reader of each new phase and of the end, not of each percent. */
function Announcement(props: { build: IBuild }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
  const state =
    isActive(build) && build.phase
      ? phaseLabel(build.phase, trans)
      : statusLabel(build.status, trans);
  return (
    <div className="jp-EnvStore-hidden" role="status">
      {trans.__('Build %1: %2', build.id, state)}
    </div>
  );
}

function Warnings(props: { build: IBuild }): JSX.Element | null {
  const trans = useTrans();
  const { warnings } = props.build;
  if (warnings.length === 0) {
    return null;
  }
  return (
    <ul
      className="jp-EnvStore-warnings"
      aria-label={trans.__('Warnings of the build')}
    >
      {warnings.map(({ message }, index) => (
        <li key={index}>{message}</li>
      ))}
    </ul>
  );
}

/** The log, shown by itself while there is something to learn from it. */
function Log(props: { model: BuildModel; isOpen: boolean }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const [isOpen, setOpen] = React.useState(props.isOpen);
  return (
    <section aria-label={trans.__('Log')}>
      <h3>
        <button
          type="button"
          className="jp-EnvStoreDetail-disclosure"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {trans.__('Log')}
        </button>
      </h3>
      {isOpen && (
        <LogView
          log={model.log}
          label={trans.__('Log of build %1', model.id)}
        />
      )}
    </section>
  );
}
