import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuildSummary, IProgress } from '../api/types';
import { useTrans } from './context';
import { activity, formatBytes, fractionDone } from './format';

/** How far the running phase has come, as a bar and in numbers. */
export function ProgressBar(props: { build: IBuildSummary }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
  const fraction = fractionDone(build);
  return (
    <div className="jp-EnvStore-progress">
      <progress
        max={1}
        value={fraction ?? undefined}
        aria-label={trans.__('Progress of build %1', build.id)}
      />
      <span className="jp-EnvStore-progressText">
        {activity(build, trans)}
        {build.progress &&
          amounts(build.progress, trans).map(text => (
            <span key={text}>{text}</span>
          ))}
      </span>
    </div>
  );
}

function amounts(progress: IProgress, trans: TranslationBundle): string[] {
  const { packages_done, packages_total, bytes_done, bytes_total, detail } =
    progress;
  return [
    packages_total
      ? trans.__('%1 of %2 packages', packages_done, packages_total)
      : '',
    bytes_total
      ? trans.__('%1 of %2', formatBytes(bytes_done), formatBytes(bytes_total))
      : '',
    detail ?? ''
  ].filter(text => text !== '');
}
