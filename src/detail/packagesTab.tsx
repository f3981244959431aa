import * as React from 'react';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { Skeleton } from '../components/skeleton';
import { useSignal } from '../components/useSignal';
import type { PackagesModel } from '../model/packages';
import { BuildPicker } from './buildPicker';
import type { ITabProps } from './environmentView';
import { ShownBuild } from './shownBuild';

/** The packages of a build. */
export function PackagesTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {(build, buildModel) => (
        <>
          <BuildPicker model={model} />
          {build.status === 'COMPLETED' ? (
            <PackageTable model={buildModel.packages} />
          ) : (
            <p>{trans.__('Build %1 has no package list.', build.id)}</p>
          )}
        </>
      )}
    </ShownBuild>
  );
}

function PackageTable(props: { model: PackagesModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  React.useEffect(() => void model.load(), [model]);
  if (model.error) {
    return <ErrorCard error={model.error} onRetry={() => void model.load()} />;
  }
  if (model.packages === null) {
    return <Skeleton lines={8} />;
  }
  return (
    <table className="jp-EnvStoreDetail-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Name')}</th>
          <th scope="col">{trans.__('Version')}</th>
          <th scope="col">{trans.__('Channel')}</th>
        </tr>
      </thead>
      <tbody>
        {model.packages.map(item => (
          <tr key={item.id}>
            <th scope="row">{item.name}</th>
            <td>{item.version}</td>
            <td>{item.channel.name}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
