import * as React from 'react';
import type { IBuild } from '../api/types';
import { isActive } from '../api/types';
import { AttemptNote } from '../components/attemptNote';
import { useTrans } from '../components/context';
import { phaseLabel, shownId, statusLabel } from '../components/format';
import { PhaseStrip } from '../components/phaseStrip';
import { ProgressBar } from '../components/progressBar';
import type { BuildModel } from '../model/build';

/** How far a build is, phase by phase, and what it has warned of. */
export function BuildProgress(props: {
  build: IBuild;
  model: BuildModel;
  /** How often a build is begun at most; null if that is not known. */
  maxAttempts: number | null;
}): JSX.Element {
  const trans = useTrans();
  const { build, model, maxAttempts } = props;
  return (
    <section aria-label={trans.__('Progress of build %1', shownId(build.id))}>
      <Announcement build={build} />
      <AttemptNote build={build} maxAttempts={maxAttempts} />
      {isActive(build) && <ProgressBar build={build} />}
      <PhaseStrip
        build={build}
        spans={model.spans}
        phaseSince={model.phaseSince}
      />
      <Warnings build={build} />
    </section>
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
      {trans.__('Build %1: %2', shownId(build.id), state)}
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
