import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import {
  createToolbarFactory,
  IToolbarWidgetRegistry,
  setToolbar
} from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import { environmentsIcon } from '../icons';
import { EnvironmentsPanel } from '../panel/sidebar';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { loadSettings, readSetting } from './settings';

/** Where the closed namespaces are kept between two sessions. */
const STATE_KEY = 'jupyter-envstore:sidebar';

/** The sidebar, on the left unless the user has moved it. */
export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:sidebar',
  description: 'Shows the environments of every namespace in a sidebar.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [
    ILayoutRestorer,
    IStateDB,
    ISettingRegistry,
    IToolbarWidgetRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    settings: ISettingRegistry | null,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const { commands, shell } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const panel = new EnvironmentsPanel({
      attempt,
      commands,
      translator,
      contents: {
        store,
        collapsed: fetchCollapsed(state),
        addCommands: async () => {
          const { addRowCommands, keepFocus } = await import(
            /* webpackChunkName: "panel" */ './rowCommands'
          );
          addRowCommands(app, store, trans);
          keepFocus(app);
        },
        settings: loadSettings(settings),
        onCollapsed: collapsed => void state?.save(STATE_KEY, [...collapsed])
      }
    });
    if (toolbars && settings) {
      // What is in it is in the schema, so that users can change it.
      const factory = createToolbarFactory(
        toolbars,
        settings,
        'Environments',
        sidebar.id,
        translator
      );
      setToolbar(panel, factory);
    }
    shell.add(panel, 'left', { rank: 600, type: 'Environments' });
    restorer?.add(panel, panel.id);
    void app.restored.then(async () => {
      if ((await readSetting(settings, 'openOnStartup')) === true) {
        shell.activateById(panel.id);
      }
    });

    commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Environments'),
      caption: trans.__('Show the environments of this server'),
      icon: environmentsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(panel.id)
    });
    commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh Environments'),
      caption: trans.__('Read the environments from the server again'),
      describedBy: { args: { type: 'object', properties: {} } },
      icon: refreshIcon,
      execute: () => store.resync()
    });
  }
};

async function fetchCollapsed(
  state: IStateDB | null
): Promise<ReadonlySet<string>> {
  const kept = await state?.fetch(STATE_KEY).catch(() => undefined);
  return new Set(
    Array.isArray(kept) ? kept.filter(item => typeof item === 'string') : []
  );
}
