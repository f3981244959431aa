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
  const section = React.useRef<HTMLElement>(null);
  const opener = React.useRef<Element | null>(null);
  const change = (next: Pair | null): void => {
    setPair(next);
    if (next === null) {
      // Its build may be gone meanwhile.
      const { current: node } = opener.current?.isConnected ? opener : section;
      (node as HTMLElement).focus();
    }
  };
  return (
    <section ref={section} tabIndex={-1} aria-label={trans.__('Builds')}>
      {pair && <ComparisonView model={model} pair={pair} onChange={change} />}
      <BuildList
        model={model}
        onCompare={next => {
          opener.current = document.activeElement;
          setPair(next);
        }}
      />
    </section>
  );
}
