import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';
import { EnvStoreClient } from '../api/client';
import { EnvStore } from '../model/store';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';

/** Provides the store, and catches up when events may have been missed. */
export const service: JupyterFrontEndPlugin<IEnvStore> = {
  id: PLUGIN_ID,
  description: 'Keeps what the browser knows of the store of environments.',
  autoStart: true,
  provides: IEnvStore,
  requires: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator): IEnvStore => {
    const { serviceManager } = app;
    const client = new EnvStoreClient({
      serverSettings: serviceManager.serverSettings,
      trans: translator.load(TRANSLATION_DOMAIN),
      onDenied: () => void store.readPermission()
    });
    const store = new EnvStore({
      client,
      stream: serviceManager.events.stream
    });
    // Runs only after a failed connection, until the server answers again.
    const reconnection = new Poll({
      name: 'jupyter-envstore:reconnection',
      auto: false,
      factory: () => client.info({ background: true }),
      frequency: { interval: 3000, backoff: true, max: 60000 },
      standby: 'when-hidden'
    });
    reconnection.ticked.connect((poll, state) => {
      if (state.phase === 'resolved') {
        void poll.stop();
        void store.resume();
      } else if (
        state.phase === 'rejected' &&
        // Told once: a change would begin the reconnection anew, at once.
        store.environments.error === null
      ) {
        store.environments.fail(state.payload);
      }
    });
    const reconnect = (): void => {
      void reconnection.start();
    };
    serviceManager.connectionFailure.connect(reconnect);
    store.environments.changed.connect(({ error }) => {
      if (error?.kind === 'unreachable') {
        reconnect();
      }
    });
    window.addEventListener('online', () => void store.resume());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') {
        void store.resume();
      }
    });
    void app.restored.then(() => store.load());
    return store;
  }
};
