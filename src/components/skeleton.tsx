import * as React from 'react';
import { useTrans } from './context';

/** Stands where something will be, while it is loading. */
export function Skeleton(props: { lines: number }): JSX.Element {
  const trans = useTrans();
  return (
    <div role="status" aria-busy="true" aria-label={trans.__('Loading')}>
      {Array.from({ length: props.lines }, (_, index) => (
        <div key={index} className="jp-EnvStore-skeleton" />
      ))}
    </div>
  );
}
