import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { readSetting } from './settings';

/** Tells of the end of builds that this tab asked for, and of no others. */
export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:notifications',
  description: 'Tells when a build that was asked for here has ended.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    settings: ISettingRegistry | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);

    store.followed.ended.connect(async (_, ended) => {
      if ((await readSetting(settings, 'notifications')) !== false) {
        // What can be done next depends on what the build made of the environment.
        await store.environments.refetch(ended.namespace, ended.name);
        const { tellEnd } = await import(
          /* webpackChunkName: "panel" */ '../places/notices'
        );
        tellEnd(ended, { commands, trans });
      }
    });
  }
};
