import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import type { CleanupDocument } from '../detail/documents';
import { cleanupIcon } from '../icons';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { loadWorkbench } from './front';

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
    const tracker = new WidgetTracker<CleanupDocument>({
      namespace: 'envstore-cleanup'
    });
    commands.addCommand(CommandIDs.cleanUp, {
      label: trans.__('Clean Up'),
      caption: trans.__(
        'Show which builds and caches could go, and what that would free'
      ),
      icon: args => (args.isPalette ? undefined : cleanupIcon),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async args => {
        if (
          (await loadWorkbench(app)).isOpenedElsewhere(CommandIDs.cleanUp, args)
        ) {
          return;
        }
        const { CleanupDocument } = await import(
          /* webpackChunkName: "documents" */ '../detail/documents'
        );
        let document = tracker.find(() => true);
        if (!document) {
          document = new CleanupDocument({
            model: await store.cleanup(),
            userInterface: { trans, commands }
          });
          await tracker.add(document);
        }
        (await loadWorkbench(app)).show(document, 'Clean-up');
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.cleanUp,
        name: () => 'cleanup'
      });
    }
  }
};
