import * as React from 'react';
import { FailureCard } from './failureCard';
import { BuildPicker } from './buildPicker';
import { BuildProgress } from './buildProgress';
import type { ITabProps } from './environmentView';
import { LogView } from './logView';
import { ShownBuild } from './shownBuild';

/** The log of a build, with its phases above. */
export function LogTab(props: ITabProps): JSX.Element {
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {(build, buildModel) => (
        <>
          <BuildPicker model={model} />
          {build.status === 'FAILED' && (
            <FailureCard build={build} model={buildModel} />
          )}
          <BuildProgress
            build={build}
            model={buildModel}
            maxAttempts={model.maxAttempts}
          />
          <LogView
            log={buildModel.log}
            build={build}
            ahead={buildModel.ahead}
          />
        </>
      )}
    </ShownBuild>
  );
}
