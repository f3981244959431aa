import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { linkIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { BUILD_ARGS, TargetFinder } from './target';

/** Opens what the address of the page names, once everything is there; and gives such addresses. */
export const links: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:links',
  description: 'Opens the environment that a link to the page names.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator
  ): void => {
    const { commands, serviceManager } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const targets = new TargetFinder(app, store);
    const { search } = window.location;
    if (search.includes('envstore=')) {
      void Promise.all([
        import(/* webpackChunkName: "panel" */ './sharedLink'),
        app.restored,
        store.loaded
      ]).then(([{ openLink }]) => openLink(search, commands, trans));
    }
    commands.addCommand(CommandIDs.copyLink, {
      label: trans.__('Copy Link'),
      caption: trans.__('Copy an address that opens the environment'),
      icon: linkIcon,
      describedBy: { args: BUILD_ARGS },
      isEnabled: args => targets.find(args) !== null,
      execute: async args => {
        const target = targets.find(args);
        if (target) {
          const { shareLink } = await import(
            /* webpackChunkName: "panel" */ './sharedLink'
          );
          const { baseUrl, appUrl } = serviceManager.serverSettings;
          Clipboard.copyToSystem(shareLink(baseUrl, appUrl, target));
        }
      }
    });
  }
};
