import * as React from 'react';
import type { IBuild, Phase } from '../api/types';
import { isActive, PHASES } from '../api/types';
import type { IPhaseSpan } from '../model/timeline';
import { useTrans } from './context';
import { formatDuration, phaseLabel } from './format';
import { useNow } from './useSignal';

type State = 'done' | 'running' | 'stopped' | 'pending';

interface IStep {
  phase: Phase;
  state: State;
  seconds: number | null;
}

const GLYPHS: { [state in State]: string } = {
  done: '✓',
  running: '◐',
  stopped: '✕',
  pending: '○'
};

/** The phases of a build from left to right, with the time that each took. */
export function PhaseStrip(props: {
  build: IBuild;
  spans: readonly IPhaseSpan[];
  /** When the running phase began, on this machine's clock. */
  phaseSince: number;
}): JSX.Element {
  const trans = useTrans();
  const { build, spans, phaseSince } = props;
  const isRunning = build.status === 'BUILDING';
  const now = useNow(isRunning);
  const words: { [state in State]: string } = {
    done: trans.__('done'),
    running: trans.__('running'),
    stopped: trans.__('stopped here'),
    pending: trans.__('still to come')
  };
  return (
    <ol className="jp-EnvStore-phases" aria-label={trans.__('Phases')}>
      {steps(build, spans).map(({ phase, state, seconds }) => {
        const elapsed =
          state === 'running' && isRunning
            ? Math.max(0, (now - phaseSince) / 1000)
            : seconds;
        return (
          <li
            key={phase}
            className="jp-EnvStore-phase"
            data-state={state}
            aria-current={state === 'running' ? 'step' : undefined}
          >
            <span aria-hidden="true">{GLYPHS[state]}</span>{' '}
            {phaseLabel(phase, trans)}
            <span className="jp-EnvStore-hidden"> {words[state]}</span>
            {elapsed !== null && (
              <span className="jp-EnvStore-phaseTime">
                {' '}
                {formatDuration(elapsed)}
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** The phases that came, and those that a running build has still before it. */
function steps(build: IBuild, spans: readonly IPhaseSpan[]): IStep[] {
  const reached = spans.map((span, index): IStep => {
    const isLast = index === spans.length - 1;
    const state =
      !isLast || build.status === 'COMPLETED'
        ? 'done'
        : isActive(build)
          ? 'running'
          : 'stopped';
    return { phase: span.phase, state, seconds: span.seconds };
  });
  if (build.published && spans.every(({ phase }) => phase !== 'PUBLISHING')) {
    // The server publishes, after the process of the build has ended.
    reached.push({ phase: 'PUBLISHING', state: 'done', seconds: null });
  }
  if (!isActive(build)) {
    return reached;
  }
  const last = spans[spans.length - 1];
  const from = last ? PHASES.indexOf(last.phase) + 1 : 0;
  const pending = PHASES.slice(from)
    // Only a build with a pip section has it, and which has is told by its coming.
    .filter(phase => phase !== 'PYPI')
    .map((phase): IStep => ({ phase, state: 'pending', seconds: null }));
  return [...reached, ...pending];
}
