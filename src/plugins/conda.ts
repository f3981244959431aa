import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import type { CondaModel } from '../model/conda';
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
    const attempt = failureReporter(trans);
    const { open } = addSingleDocument({
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
      attempt,
      loaded: store.loaded,
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

    const addChange = (
      action: CondaModel.Action,
      texts: { one: string; all: string; inPalette: string }
    ): void => {
      app.commands.addCommand(CommandIDs[action], {
        label: args =>
          args.isPalette
            ? texts.inPalette
            : args.namespace
              ? texts.one
              : texts.all,
        ...storeWide(
          store,
          trans,
          trans.__('Show what would change in the file'),
          'setting::update'
        ),
        describedBy: {
          args: {
            type: 'object',
            properties: {
              namespace: {
                type: 'string',
                description: 'The namespace; all when it is left out'
              },
              isConfirmed: {
                type: 'boolean',
                description:
                  'Whether the change is written at once; it is only shown otherwise'
              }
            }
          }
        },
        execute: ({ namespace, isConfirmed }) =>
          attempt(trans.__('The change cannot be shown'), async () => {
            const model = await open();
            await model?.propose(
              action,
              typeof namespace === 'string' ? namespace : null
            );
            if (isConfirmed === true) {
              await model?.confirm();
            }
          })
      });
    };
    addChange('register', {
      one: trans.__('Register'),
      all: trans.__('Register All'),
      inPalette: trans.__('Register Namespaces With Conda')
    });
    addChange('unregister', {
      one: trans.__('Unregister'),
      all: trans.__('Unregister All'),
      inPalette: trans.__('Unregister Namespaces From Conda')
    });
  }
};
