import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import { cleanupIcon } from '../icons';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { absence } from './guard';
import { addSingleDocument } from './singleDocument';

const CLEANUP_ARGS = {
  type: 'object',
  properties: {
    namespace: { type: 'string', description: 'The only namespace' },
    keep_builds: {
      type: 'number',
      description: 'Newest builds to keep of each environment'
    },
    keep_days: { type: 'number', description: 'Days to keep builds' },
    keep_failed_days: {
      type: 'number',
      description: 'Days to keep failed and canceled builds'
    }
  }
} as const;

/** The document in which a clean-up is looked at before it is done. */
export const cleanup: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:cleanup',
  description: 'Shows what a clean-up of the store would take, and does it.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    // Whoever may delete builds of one namespace can clean that up.
    const isEnabled = (): boolean =>
      store.permission === null ||
      Object.values(store.permission.entity_permissions).some(held =>
        held.includes('build::delete')
      );
    const { model } = addSingleDocument({
      app,
      restorer,
      id: CommandIDs.cleanUp,
      name: 'cleanup',
      texts: {
        label: trans.__('Clean Up'),
        caption: () =>
          isEnabled()
            ? trans.__(
                'Show which builds and caches could go, and what that would free'
              )
            : trans.__('Your role does not allow this.'),
        isEnabled,
        icon: cleanupIcon,
        describedBy: { args: CLEANUP_ARGS }
      },
      // As the rules are named in the API; others stay as they are.
      adjust: (shown, args) => {
        const { properties } = CLEANUP_ARGS;
        const rules = Object.entries(args).filter(([key]) => key in properties);
        if (rules.length > 0) {
          shown.change(Object.fromEntries(rules));
        }
      },
      failure: trans.__('The clean-up cannot be opened'),
      attempt: failureReporter(trans),
      loaded: store.loaded,
      make: async () => {
        const [{ CleanupDocument }, { addCleanUpNow }] = await Promise.all([
          import(/* webpackChunkName: "documents" */ '../detail/documents'),
          import(/* webpackChunkName: "documents" */ './cleanUpNow')
        ]);
        addCleanUpNow(commands, trans, model, () => absence(store, trans));
        return new CleanupDocument({
          model: await store.cleanup(),
          userInterface: { trans, commands }
        });
      }
    });
  }
};
