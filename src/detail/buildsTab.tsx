import * as React from 'react';
import { useTrans } from '../components/context';
import { BuildList } from './buildList';
import type { ITabProps } from './environmentView';

/** The builds of the environment, and what can be done with each. */
export function BuildsTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  return (
    <section aria-label={trans.__('Builds')}>
      <BuildList model={props.model} />
    </section>
  );
}
