import type { IEnvStore } from '../tokens';

/** Load something when a build is first heard of: without one, nobody needs it. */
export function onceBusy(store: IEnvStore, load: () => Promise<void>): void {
  const { environments } = store;
  const onChanged = (): void => {
    if (environments.isBusy) {
      environments.changed.disconnect(onChanged);
      void load();
    }
  };
  environments.changed.connect(onChanged);
  onChanged();
}
