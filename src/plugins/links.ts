import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IEnvStore } from '../tokens';
import { readLink } from './link';

/** Opens what the address of the page names, once everything is there. */
export const links: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:links',
  description: 'Opens the environment that a link to the page names.',
  autoStart: true,
  requires: [IEnvStore],
  activate: (app: JupyterFrontEnd, store: IEnvStore): void => {
    const link = readLink(window.location.search);
    if (link) {
      void Promise.all([app.restored, store.loaded]).then(() =>
        app.commands.execute(link.command, link.args)
      );
    }
  }
};
