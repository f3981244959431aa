import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import type { CondaDocument } from '../detail/documents';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { loadWorkbench } from './front';

/** The document of conda's configuration. */
export const conda: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:conda',
  description: 'Shows whether conda finds the environments, and changes it.',
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
    const tracker = new WidgetTracker<CondaDocument>({
      namespace: 'envstore-conda'
    });
    commands.addCommand(CommandIDs.conda, {
      label: trans.__('Conda Configuration'),
      caption: trans.__(
        'Show whether conda finds the environments, and what builds take from its settings'
      ),
      icon: args => (args.isPalette ? undefined : listIcon),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async args => {
        if (
          (await loadWorkbench(app)).isOpenedElsewhere(CommandIDs.conda, args)
        ) {
          return;
        }
        const { CondaDocument } = await import(
          /* webpackChunkName: "documents" */ '../detail/documents'
        );
        let document = tracker.find(() => true);
        if (!document) {
          document = new CondaDocument({
            model: await store.conda(),
            userInterface: { trans, commands }
          });
          await tracker.add(document);
        }
        (await loadWorkbench(app)).show(document, 'Conda configuration');
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.conda,
        name: () => 'conda'
      });
    }
  }
};
