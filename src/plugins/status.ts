import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { onceBusy } from './onceBusy';

/** The build that runs, or has failed, in the status bar; nothing else, and nothing otherwise. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:status',
  description: 'Shows running and failed builds in the status bar.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    bar: IStatusBar | null
  ): void => {
    if (bar) {
      onceBusy(store, async () => {
        const { addStatusItem, ActiveBuilds } = await import(
          /* webpackChunkName: "panel" */ '../places/builds'
        );
        addStatusItem(bar, {
          builds: new ActiveBuilds({ store, sidebar: await store.sidebar() }),
          userInterface: {
            commands: app.commands,
            trans: translator.load(TRANSLATION_DOMAIN)
          }
        });
      });
    }
  }
};
