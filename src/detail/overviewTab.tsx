import * as React from 'react';
import { FailureCard } from '../components/failureCard';
import { BuildFacts } from './buildFacts';
import { BuildProgress } from './buildProgress';
import type { ITabProps } from './environmentView';
import { ShownBuild } from './shownBuild';

/** The environment at a glance: how its newest build is, and where it is. */
export function OverviewTab(props: ITabProps): JSX.Element {
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {(build, buildModel) => (
        <>
          {build.status === 'FAILED' && <FailureCard build={build} />}
          <BuildProgress
            build={build}
            model={buildModel}
            maxAttempts={model.maxAttempts}
          />
          <BuildFacts build={build} />
        </>
      )}
    </ShownBuild>
  );
}
