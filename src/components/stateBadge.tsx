import * as React from 'react';
import type { BuildStatus, IBuildSummary } from '../api/types';
import { useTrans } from './context';
import { activity } from './format';

/** A shape for each status, so that colour is never the only sign. */
const GLYPHS: { [status in BuildStatus]: string } = {
  QUEUED: '○',
  BUILDING: '◐',
  COMPLETED: '●',
  FAILED: '✕',
  CANCELED: '⊘'
};

/** That of a build which is ready, and not there. */
const SHELVED = '◌';

/** The state of a build as a glyph and in words. */
export function StateBadge(props: { build: IBuildSummary }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
  return (
    <span className="jp-EnvStore-state" data-status={build.status}>
      <span className="jp-EnvStore-glyph" aria-hidden="true">
        {build.shelved_on === null ? GLYPHS[build.status] : SHELVED}
      </span>{' '}
      {activity(build, trans)}
    </span>
  );
}
