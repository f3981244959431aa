import '../../style/builds.css';
import * as React from 'react';
import { useTrans } from '../components/context';
import { BuildList } from './buildList';
import type { Pair } from './comparisonView';
import { ComparisonView } from './comparisonView';
import type { ITabProps } from './environmentView';

/** The builds of the environment, what can be done with each, and what differs between two. */
export function BuildsTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const [pair, setPair] = React.useState<Pair | null>(null);
  return (
    <section aria-label={trans.__('Builds')}>
      {pair && <ComparisonView model={model} pair={pair} onChange={setPair} />}
      <BuildList model={model} onCompare={setPair} />
    </section>
  );
}
