import * as React from 'react';
import { useTrans } from '../components/context';
import { BuildPicker } from './buildPicker';
import type { ITabProps } from './environmentView';
import { ShownBuild } from './shownBuild';

/** The files that were made from a build, or can be. */
export function ArtifactsTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  return (
    <ShownBuild model={model}>
      {build => (
        <>
          <BuildPicker model={model} />
          {build.build_artifacts?.length ? (
            <ul>
              {build.build_artifacts.map(item => (
                <li key={item.id}>{item.artifact_type}</li>
              ))}
            </ul>
          ) : (
            <p>{trans.__('Build %1 has no artifacts.', build.id)}</p>
          )}
        </>
      )}
    </ShownBuild>
  );
}
