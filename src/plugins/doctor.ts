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
    const attempt = failureReporter(trans);
    const { model, open } = addSingleDocument({
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
      attempt,
      loaded: store.loaded,
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

    commands.addCommand(CommandIDs.examine, {
      label: trans.__('Examine Again'),
      ...storeWide(store, trans, trans.__('Find out what is wrong by now')),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () =>
        attempt(trans.__('The doctor cannot be opened'), async () => {
          await (await open())?.refresh();
        })
    });

    const mending = storeWide(
      store,
      trans,
      trans.__('Let the server mend what it may mend by itself'),
      'setting::update'
    );
    commands.addCommand(CommandIDs.mend, {
      label: args =>
        args.isPalette
          ? trans.__('Mend the Store')
          : args.code
            ? trans.__('Mend')
            : trans.__('Mend Everything'),
      ...mending,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            code: {
              type: 'string',
              description:
                "The doctor's code of what is to be mended; everything when it is left out"
            }
          }
        }
      },
      caption: () =>
        model()?.isBusy
          ? trans.__('Looking at everything; this may take minutes.')
          : mending.caption(),
      isEnabled: () => mending.isEnabled() && model()?.isBusy !== true,
      execute: ({ code }) =>
        attempt(trans.__('It cannot be mended'), async () => {
          const opened = await open();
          await opened?.mend(typeof code === 'string' ? code : null);
        })
    });
  }
};
