import * as React from 'react';
import { useTrans } from '../components/context';
import { FailureCard } from '../components/failureCard';
import { LogView } from '../components/logView';
import { BuildPicker } from './buildPicker';
import { BuildProgress } from './buildProgress';
import type { ITabProps } from './environmentView';
import { ShownBuild } from './shownBuild';

/** The log of a build, with its phases above. */
export function LogTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {(build, buildModel) => (
        <>
          <BuildPicker model={model} />
          {build.status === 'FAILED' && <FailureCard build={build} />}
          <BuildProgress
            build={build}
            model={buildModel}
            maxAttempts={model.maxAttempts}
          />
          <LogView
            log={buildModel.log}
            label={trans.__('Log of build %1', build.id)}
          />
        </>
      )}
    </ShownBuild>
  );
}
