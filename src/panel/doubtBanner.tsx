import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { EnvStore } from '../model/store';

/** Says that the database may have lost builds, for as long as that is so. */
export function DoubtBanner(props: {
  store: Pick<EnvStore, 'info' | 'infoChanged'>;
}): JSX.Element | null {
  const trans = useTrans();
  const { store } = props;
  useSignal(store.infoChanged);
  const doubt = store.info?.doubt;
  return doubt ? (
    <div className="jp-EnvStore-doubt" role="alert">
      <strong>{trans.__('Builds may be missing here')}</strong>
      <p>{doubt}</p>
      <CommandButton command={CommandIDs.adopt} args={{}} emphasis="accept" />
    </div>
  ) : null;
}
