import * as React from 'react';
import type { IBuild } from '../api/types';
import { isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { Action } from '../components/action';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { shownId } from '../components/format';
import { Skeleton } from '../components/skeleton';
import { useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';
import type { PackagesModel } from '../model/packages';
import { BuildPicker } from './buildPicker';
import type { ITabProps } from './environmentView';
import { PackageTable } from './packageTable';
import { ShownBuild } from './shownBuild';

/** The packages of a build: what was asked for, and what came with it. */
export function PackagesTab(props: ITabProps): JSX.Element {
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {(build, buildModel) => (
        <>
          <div className="jp-EnvStoreDetail-bar">
            <BuildPicker model={model} />
            <CommandButton
              command={CommandIDs.lookForUpdates}
              args={{ namespace: model.namespace, name: model.name }}
            />
          </div>
          {build.status === 'COMPLETED' ? (
            <Loaded build={build} model={buildModel.packages} />
          ) : (
            <Nothing build={build} model={model} />
          )}
        </>
      )}
    </ShownBuild>
  );
}

function Loaded(props: { build: IBuild; model: PackagesModel }): JSX.Element {
  const { build, model } = props;
  useSignal(model.changed);
  React.useEffect(() => void model.load(), [model]);
  if (model.error) {
    return <ErrorCard error={model.error} onRetry={() => void model.load()} />;
  }
  return model.packages === null ? (
    <Skeleton lines={8} />
  ) : (
    <PackageTable build={build} packages={model.packages} />
  );
}

/** Says why there is no list, and leads to one if the environment has it. */
function Nothing(props: {
  build: IBuild;
  model: EnvironmentModel;
}): JSX.Element {
  const trans = useTrans();
  const { build, model } = props;
  const current = model.environment?.published_build?.id ?? null;
  return (
    <>
      <p>
        {isActive(build)
          ? trans.__(
              'Build %1 has no package list yet: it is not finished.',
              shownId(build.id)
            )
          : trans.__(
              'Build %1 has no package list: it was not finished.',
              shownId(build.id)
            )}
      </p>
      {current !== null && current !== build.id && (
        <Action
          label={trans.__(
            'Show the packages of build %1, which is current',
            shownId(current)
          )}
          onClick={() => model.select(current)}
        />
      )}
    </>
  );
}
