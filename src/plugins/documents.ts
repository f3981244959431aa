import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import {
  addIcon,
  editIcon,
  launchIcon,
  runIcon
} from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import type { DraftDocument, EnvironmentDocument } from '../detail/documents';
import type { DraftModel } from '../model/draft';
import type { EnvStore } from '../model/store';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { BUILD_ARGS, TARGET_ARGS, TargetFinder } from './target';

/** The documents of the main area: an environment, and a specification being written. */
export const documents: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:documents',
  description: 'Opens environments and their specifications in the main area.',
  autoStart: true,
  requires: [IEnvStore, IEditorServices, ITranslator],
  optional: [ILayoutRestorer, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    editors: IEditorServices,
    translator: ITranslator,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null
  ): void => {
    const { commands, shell } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const targets = new TargetFinder(app, store);
    const opened = new WidgetTracker<EnvironmentDocument>({
      namespace: 'envstore-environments'
    });
    const drafts = new WidgetTracker<DraftDocument>({
      namespace: 'envstore-drafts'
    });
    const options = {
      userInterface: { trans, commands },
      factory: editors.factoryService
    };

    const openEnvironment = async (
      namespace: string,
      name: string,
      buildId?: number
    ): Promise<EnvironmentDocument> => {
      const { EnvironmentDocument } = await import('../detail/documents');
      const id = EnvironmentDocument.idOf(namespace, name);
      let document = opened.find(widget => widget.id === id);
      if (!document) {
        const model = store.open(namespace, name);
        document = new EnvironmentDocument({ ...options, model });
        shell.add(document, 'main', { type: 'Environment' });
        await opened.add(document);
      }
      document.model.select(buildId ?? null);
      shell.activateById(document.id);
      return document;
    };

    const openDraft = async (draft: EnvStore.IDraftOptions): Promise<void> => {
      const { DraftDocument } = await import('../detail/documents');
      const model = store.draft(draft);
      const document = new DraftDocument({
        ...options,
        model,
        namespaces: writableNamespaces(store)
      });
      document.id = `jp-envstore-draft-${++draftCount}`;
      const onSubmitted = async (
        _: DraftModel,
        { namespace, name }: EnvStore.IAccepted
      ): Promise<void> => {
        await openEnvironment(namespace, name);
        document.close();
      };
      model.submitted.connect(onSubmitted, document);
      shell.add(document, 'main', { type: 'Environment specification' });
      await drafts.add(document);
      shell.activateById(document.id);
    };

    if (restorer) {
      void restorer.restore(opened, {
        command: CommandIDs.open,
        args: ({ model }) => ({ namespace: model.namespace, name: model.name }),
        name: ({ model }) => `${model.namespace}/${model.name}`
      });
    }

    commands.addCommand(CommandIDs.open, {
      label: trans.__('Open Environment'),
      caption: trans.__('Show the builds, the log and the specification'),
      icon: launchIcon,
      describedBy: { args: BUILD_ARGS },
      isEnabled: args => targets.find(args) !== null,
      execute: async args => {
        const target = targets.find(args);
        return target
          ? openEnvironment(target.namespace, target.name, target.buildId)
          : null;
      }
    });

    commands.addCommand(CommandIDs.create, {
      label: trans.__('New Environment'),
      caption: trans.__('Write the specification of a new environment'),
      icon: args => (args.isPalette ? undefined : addIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: {
              type: 'string',
              description: 'The YAML to start from'
            },
            namespace: TARGET_ARGS.properties.namespace
          }
        }
      },
      execute: async args => {
        await store.loaded;
        const text =
          typeof args.text === 'string'
            ? args.text
            : await templateText(settings, store);
        const namespace =
          typeof args.namespace === 'string'
            ? args.namespace
            : (writableNamespaces(store)[0] ?? null);
        await openDraft({ text, namespace });
      }
    });

    commands.addCommand(CommandIDs.edit, {
      label: args =>
        args.retry
          ? trans.__('Edit and Retry')
          : trans.__('Edit Specification'),
      caption: trans.__('Change the specification and build it'),
      icon: editIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            ...BUILD_ARGS.properties,
            dependency: {
              type: 'string',
              description: 'A match spec to add to the dependencies'
            },
            retry: {
              type: 'boolean',
              description: 'Whether the build has failed'
            }
          }
        }
      },
      isEnabled: args => targets.buildId(args) !== null,
      execute: args =>
        attempt(trans.__('The specification cannot be opened'), async () => {
          const target = targets.find(args);
          const buildId = targets.buildId(args);
          if (target === null || buildId === null) {
            return;
          }
          const { addDependency } = await import('../spec/dependencies');
          const text = await store.specificationOf(buildId);
          await openDraft({
            text:
              typeof args.dependency === 'string'
                ? addDependency(text, args.dependency)
                : text,
            namespace: target.namespace,
            target: { namespace: target.namespace, name: target.name }
          });
        })
    });

    commands.addCommand(CommandIDs.build, {
      label: trans.__('Build Environment'),
      caption: trans.__('Build the specification in front (Ctrl+Enter)'),
      icon: runIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () =>
        drafts.currentWidget !== null &&
        drafts.currentWidget === shell.currentWidget,
      execute: () => drafts.currentWidget?.model.submit()
    });
  }
};

let draftCount = 0;

/** The namespaces to choose from, the user's own first. */
function writableNamespaces(store: IEnvStore): string[] {
  const primary = store.permission?.primary_namespace;
  const others = store.environments.groups.map(({ namespace }) => namespace);
  return [...new Set([...(primary ? [primary] : []), ...others])];
}

/** The user's template, or the built-in one with the server's channels. */
async function templateText(
  settings: ISettingRegistry | null,
  store: IEnvStore
): Promise<string> {
  const loaded = await settings?.load(PLUGIN_ID).catch(() => null);
  const template = loaded?.get('template').composite;
  if (typeof template === 'string' && template.trim() !== '') {
    return template;
  }
  const { defaultTemplate } = await import('../spec/template');
  return defaultTemplate(store.info?.default_channels ?? ['conda-forge']);
}
