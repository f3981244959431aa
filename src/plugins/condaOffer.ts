import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator } from '@jupyterlab/translation';
import type { FollowedBuilds } from '../model/followed';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { readSetting } from './settings';

/**
 * Asks, once a namespace, whether conda shall find its environments: whoever built
 * the first one here, and may write conda's configuration.
 */
export const condaOffer: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:conda-offer',
  description: 'Offers to let conda find the environments of new namespaces.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [IStateDB, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    state: IStateDB | null,
    settings: ISettingRegistry | null
  ): void => {
    const trans = translator.load(TRANSLATION_DOMAIN);
    const load = async (): Promise<(namespace: string) => Promise<void>> => {
      const { condaOffers } = await import(
        /* webpackChunkName: "panel" */ '../places/condaOffer'
      );
      const userInterface = { commands: app.commands, trans };
      const isAutomatic = async (): Promise<boolean> =>
        (await readSetting(settings, 'registerNewNamespaces')) === true;
      return condaOffers({ store, userInterface, state, isAutomatic });
    };
    let offers: ReturnType<typeof load> | null = null;
    store.followed.ended.connect(
      (_, { namespace, status }: FollowedBuilds.IEnded) => {
        if (status === 'COMPLETED' && store.allows('setting::update', '*')) {
          offers ??= load();
          // Where it cannot be found out, the next build gives another occasion.
          void offers.then(
            consider => consider(namespace).catch(() => undefined),
            () => (offers = null)
          );
        }
      }
    );
  }
};
