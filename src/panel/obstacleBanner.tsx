import * as React from 'react';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { EnvStore } from '../model/store';

/** Says why builds wait although none runs, for as long as that is so. */
export function ObstacleBanner(props: {
  store: Pick<EnvStore, 'info' | 'infoChanged'>;
}): JSX.Element | null {
  const trans = useTrans();
  const { store } = props;
  useSignal(store.infoChanged);
  const obstacle = store.info?.obstacle;
  return obstacle ? (
    <div className="jp-EnvStore-doubt" role="status">
      <strong>{trans.__('No build can begin now')}</strong>
      <p>{obstacle}</p>
    </div>
  ) : null;
}
