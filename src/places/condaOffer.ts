import { Notification } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import type { EnvStore } from '../model/store';

/** Where the namespaces that were asked about are kept. */
const STATE_KEY = 'jupyter-envstore:conda';

/**
 * Make what asks, once a namespace, whether conda shall find its environments.
 *
 * Namespaces that were asked about are remembered, so that what the user took out of the file is
 * not put in again.
 */
export function condaOffers(options: {
  store: EnvStore;
  userInterface: IUserInterface;
  state: IStateDB | null;
  /** Whether a namespace is registered without asking. */
  isAutomatic: () => Promise<boolean>;
}): (namespace: string) => Promise<void> {
  const { store, state, isAutomatic } = options;
  const { commands, trans } = options.userInterface;
  const asked = new Set<string>();
  const recalled = recall(state).then(names =>
    names.forEach(name => asked.add(name))
  );

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
            callback: () =>
              void commands.execute(CommandIDs.register, { namespace })
          },
          { label: trans.__('Not Now'), callback: () => undefined }
        ]
      }
    );
  };

  const register = async (namespace: string, etag: string): Promise<void> => {
    const actions = [
      {
        label: trans.__('Show'),
        callback: () => void commands.execute(CommandIDs.conda)
      }
    ];
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
    if (await isAutomatic()) {
      await register(namespace, etag);
    } else {
      offer(namespace);
    }
  };

  // Builds may end at the same time.
  const underWay = new Set<string>();
  return async namespace => {
    await recalled;
    if (!asked.has(namespace) && !underWay.has(namespace)) {
      underWay.add(namespace);
      // Where it fails, the next build gives another occasion.
      await consider(namespace).finally(() => underWay.delete(namespace));
    }
  };
}

async function recall(state: IStateDB | null): Promise<string[]> {
  const kept = await state?.fetch(STATE_KEY).catch(() => undefined);
  return Array.isArray(kept)
    ? kept.filter((item): item is string => typeof item === 'string')
    : [];
}
