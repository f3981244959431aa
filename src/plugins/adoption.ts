import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { storeWide } from './storeWide';

/** Lets an administrator make builds known again that the database has lost. */
export const adoption: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:adoption',
  description: 'Adopts builds that are on disk and not in the database.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator
  ): void => {
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);

    app.commands.addCommand(CommandIDs.adopt, {
      label: trans.__('Adopt Builds'),
      ...storeWide(
        store,
        trans,
        trans.__(
          'Make builds known again that are on disk and not in the database'
        ),
        'setting::update'
      ),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () =>
        attempt(trans.__('The builds cannot be adopted'), async () => {
          const { adoptBuilds } = await import(
            /* webpackChunkName: "documents" */ '../detail/adoptionReport'
          );
          await adoptBuilds(isPreview => store.adopt(isPreview), trans);
        })
    });
  }
};
