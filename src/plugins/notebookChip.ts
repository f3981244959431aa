import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';

/** Says in the toolbar of a notebook which build of which environment its kernel runs. */
export const notebookChip: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:notebook-chip',
  description: 'Shows environment and build in the toolbar of notebooks.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const fill = async (place: Panel, panel: NotebookPanel): Promise<void> => {
      const [{ NotebookChip, NotebookKernel }, { watchImports }] =
        await Promise.all([
          import(/* webpackChunkName: "panel" */ '../places/notebookChip'),
          import(/* webpackChunkName: "panel" */ '../places/missingImports')
        ]);
      if (!place.isDisposed && !panel.isDisposed) {
        const { sessionContext: context } = panel;
        const userInterface = {
          commands: app.commands,
          trans: translator.load(TRANSLATION_DOMAIN)
        };
        const model = new NotebookKernel({ context, store });
        const path = (): string => panel.context.path;
        place.addWidget(new NotebookChip({ model, path, userInterface }));
        watchImports({
          messages: context.iopubMessage,
          model,
          channelsWith: name => store.channelsWith(name),
          userInterface
        });
      }
    };
    toolbars?.addFactory<NotebookPanel>(
      'Notebook',
      'envstoreEnvironment',
      (panel): Widget => {
        const place = new Panel();
        void fill(place, panel);
        return place;
      }
    );
  }
};
