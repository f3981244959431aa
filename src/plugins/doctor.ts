import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { addSingleDocument } from './singleDocument';
import { storeWide } from './storeWide';

/** The document of the doctor: what is wrong around the store. */
export const doctor: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:doctor',
  description:
    'Shows administrators what is wrong around the store, and mends it.',
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
      id: CommandIDs.doctor,
      name: 'doctor',
      texts: {
        label: trans.__('Examine the Store'),
        ...storeWide(
          store,
          trans,
          trans.__('Find out what is wrong around the store')
        )
      },
      failure: trans.__('The doctor cannot be opened'),
      attempt: failureReporter(trans),
      make: async () => {
        const { DoctorDocument } = await import(
          /* webpackChunkName: "documents" */ '../doctor/document'
        );
        return new DoctorDocument({
          model: await store.doctor(),
          userInterface: { trans, commands }
        });
      }
    });
  }
};
