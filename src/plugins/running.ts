import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator } from '@jupyterlab/translation';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { onceBusy } from './onceBusy';

/** Running builds, beside running kernels and terminals. */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:running',
  description: 'Lists running builds in the panel of what runs.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [IRunningSessionManagers],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    managers: IRunningSessionManagers | null
  ): void => {
    if (managers) {
      onceBusy(store, async () => {
        const { ActiveBuilds, RunningBuilds } = await import(
          /* webpackChunkName: "panel" */ '../places/builds'
        );
        managers.add(
          new RunningBuilds({
            builds: new ActiveBuilds({ store, sidebar: await store.sidebar() }),
            refresh: () => store.resync(),
            userInterface: {
              commands: app.commands,
              trans: translator.load(TRANSLATION_DOMAIN)
            }
          })
        );
      });
    }
  }
};
