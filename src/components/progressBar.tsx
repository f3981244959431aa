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
  const {
    packages_done: packages,
    packages_total: allPackages,
    bytes_done: bytes,
    bytes_total: allBytes,
    done,
    total,
    unit
  } = progress;
  const texts: string[] = [];
  if (packages !== null && allPackages) {
    texts.push(trans.__('%1 of %2 packages', packages, allPackages));
  } else if (unit === 'files' && total > 0) {
    texts.push(trans.__('%1 of %2 files', done, total));
  } else if (unit === 'packages' && total > 0) {
    texts.push(trans.__('%1 of %2 packages', done, total));
  }
  if (bytes !== null && allBytes) {
    texts.push(trans.__('%1 of %2', formatBytes(bytes), formatBytes(allBytes)));
  }
  if (progress.detail) {
    texts.push(progress.detail);
  }
  return texts;
}
