import type { IStoreEvent } from '../api/types';
import type { IEnvStore } from '../tokens';

/** Load something when a build is first heard of: without one, nobody needs it. */
export function onceBusy(store: IEnvStore, load: () => Promise<void>): void {
  const { environments } = store;
  const onHeard = (_?: unknown, event?: IStoreEvent | void): void => {
    // The list tells of the newest build of each environment, and of no older one.
    if (environments.isBusy || event?.status === 'BUILDING') {
      environments.changed.disconnect(onHeard);
      store.event.disconnect(onHeard);
      void load();
    }
  };
  environments.changed.connect(onHeard);
  store.event.connect(onHeard);
  onHeard();
}
