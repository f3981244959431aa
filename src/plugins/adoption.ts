import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import * as React from 'react';
import type { IAdoption } from '../api/types';
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

    const isAccepted = async (
      title: string,
      report: IAdoption,
      buttons: Dialog.IButton[]
    ): Promise<boolean> => {
      const { AdoptionReport } = await import(
        /* webpackChunkName: "documents" */ '../detail/adoptionReport'
      );
      const { button } = await showDialog({
        title,
        body: React.createElement(AdoptionReport, { report, trans }),
        buttons
      });
      return button.accept;
    };

    app.commands.addCommand(CommandIDs.adopt, {
      label: trans.__('Adopt Builds'),
      ...storeWide(
        store,
        trans,
        trans.__(
          'Make builds known again that are on disk and not in the database'
        ),
        true
      ),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () =>
        attempt(trans.__('The builds cannot be adopted'), async () => {
          const isAgreed = await isAccepted(
            trans.__('Adopt builds?'),
            await store.adopt(true),
            [
              Dialog.cancelButton(),
              Dialog.okButton({ label: trans.__('Adopt Builds') })
            ]
          );
          if (isAgreed) {
            await isAccepted(
              trans.__('Adopted builds'),
              await store.adopt(false),
              [Dialog.okButton({ label: trans.__('Close') })]
            );
          }
        })
    });
  }
};
