import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import type { FollowedBuilds } from '../model/followed';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';

/** Where the namespaces that were asked about are kept. */
const STATE_KEY = 'jupyter-envstore:conda';

/**
 * Asks, once a namespace, whether conda shall find its environments.
 *
 * It asks whoever built the first one here. Namespaces that were asked about are
 * remembered, so that what the user took out of the file is not put in again.
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
    const asked = new Set<string>();
    const recalled = recall(state).then(names =>
      names.forEach(name => asked.add(name))
    );

    const show = (): void => void app.commands.execute(CommandIDs.conda);

    const offer = (namespace: string): void => {
      Notification.info(
        trans.__(
          'Conda does not find the environments of %1 yet. Shall it?',
          namespace
        ),
        {
          // Long enough to be read; it can be found among the notifications then.
          autoClose: 15_000,
          actions: [
            {
              label: trans.__('Show'),
              caption: trans.__('Show what would change in its configuration'),
              displayType: 'accent',
              callback: show
            },
            { label: trans.__('Not Now'), callback: () => undefined }
          ]
        }
      );
    };

    const register = async (namespace: string, etag: string): Promise<void> => {
      const actions = [{ label: trans.__('Show'), callback: show }];
      try {
        await store.registerWithConda(namespace, etag);
        Notification.info(
          trans.__('Conda finds the environments of %1 now.', namespace),
          { autoClose: 8000, actions }
        );
      } catch (error) {
        Notification.warning(
          trans.__(
            'Conda cannot be told of the environments of %1: %2',
            namespace,
            (error as Error).message
          ),
          { autoClose: false, actions }
        );
      }
    };

    const consider = async (namespace: string): Promise<void> => {
      await recalled;
      if (asked.has(namespace)) {
        return;
      }
      const {
        etag,
        namespaces,
        problem,
        register: change
      } = await store.condaConfigOf(namespace);
      const isRegistered = namespaces.some(
        item => item.namespace === namespace && item.registered
      );
      if (problem ?? change.problem) {
        // Nothing that a click could do; the document says why.
        return;
      }
      asked.add(namespace);
      await state?.save(STATE_KEY, [...asked]);
      if (isRegistered) {
        return;
      }
      if (await isAutomatic(settings)) {
        await register(namespace, etag);
      } else {
        offer(namespace);
      }
    };

    store.followed.ended.connect(
      (_, { namespace, status }: FollowedBuilds.IEnded) => {
        if (status === 'COMPLETED') {
          // Where it cannot be found out, the next build gives another occasion.
          consider(namespace).catch(() => undefined);
        }
      }
    );
  }
};

async function recall(state: IStateDB | null): Promise<string[]> {
  const kept = await state?.fetch(STATE_KEY).catch(() => undefined);
  return Array.isArray(kept)
    ? kept.filter((item): item is string => typeof item === 'string')
    : [];
}

async function isAutomatic(
  settings: ISettingRegistry | null
): Promise<boolean> {
  const loaded = await settings?.load(PLUGIN_ID).catch(() => null);
  return loaded?.get('registerNewNamespaces').composite === true;
}
