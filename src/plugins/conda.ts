import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { addSingleDocument } from './singleDocument';
import { storeWide } from './storeWide';

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
    addSingleDocument({
      app,
      restorer,
      id: CommandIDs.conda,
      name: 'conda',
      texts: {
        label: trans.__('Conda Configuration'),
        ...storeWide(
          store,
          trans,
          trans.__(
            'Show whether conda finds the environments, and what builds take from its settings'
          )
        ),
        icon: listIcon
      },
      failure: trans.__('The configuration of conda cannot be opened'),
      attempt: failureReporter(trans),
      make: async () => {
        const { CondaDocument } = await import(
          /* webpackChunkName: "documents" */ '../detail/documents'
        );
        return new CondaDocument({
          model: await store.conda(),
          userInterface: { trans, commands }
        });
      }
    });
  }
};
