import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
import type { IFileEditor } from '../places/environmentFile';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';

/** Those that are underlined unasked: no `envoy.yaml`, and no lockfile. */
const FILE = /(^|[-_./])(environments?|env)(?![a-z]|.*lock\.)[^/]*\.ya?ml$/i;

/** Says in JupyterLab's editor of files what is wrong in an environment.yml, and whether it was built. */
export const environmentFiles: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:environment-files',
  description: 'Compares files with environments in the editor of files.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    toolbars?.addFactory<IFileEditor>(
      'Editor',
      'envstoreFile',
      (editor): Widget => {
        const place = new Panel();
        const { context } = editor;
        const look = async (): Promise<void> => {
          // A toolbar has a height as soon as anything in it is shown.
          place.hide();
          place.widgets[0]?.dispose();
          const { path } = context;
          if (FILE.test(context.localPath)) {
            const { watchFile } = await import(
              /* webpackChunkName: "documents" */ '../places/environmentFile'
            );
            await watchFile(editor, path, place, store, {
              commands: app.commands,
              trans: translator.load(TRANSLATION_DOMAIN)
            });
          }
        };
        // A file can be written without what cannot be loaded.
        const tryToLook = (): void => void look().catch(() => undefined);
        // The place goes first where a file has a second view.
        context.pathChanged.connect(tryToLook, place);
        tryToLook();
        return place;
      }
    );
  }
};
