import '../../style/builds.css';
import * as React from 'react';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import { BuildList } from './buildList';
import { ComparisonView } from './comparisonView';
import type { ITabProps } from './environmentView';

/** The builds of the environment, what can be done with each, and what differs between two. */
export function BuildsTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const { pair } = model;
  const section = React.useRef<HTMLElement>(null);
  const opener = React.useRef<Element | null>(null);
  const isCompared = pair !== null;
  React.useLayoutEffect(() => {
    if (isCompared) {
      // Before the comparison takes the focus.
      opener.current = document.activeElement;
    } else if (opener.current) {
      // Its build may be gone meanwhile, and a command need not come from a button.
      const { current: node } = opener;
      const isThere = node.isConnected && node !== document.body;
      (isThere ? (node as HTMLElement) : section.current)?.focus();
      opener.current = null;
    }
  }, [isCompared]);
  return (
    <section ref={section} tabIndex={-1} aria-label={trans.__('Builds')}>
      {pair && <ComparisonView model={model} pair={pair} />}
      <BuildList model={model} />
    </section>
  );
}
