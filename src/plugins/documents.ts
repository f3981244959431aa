import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabStatus, ILayoutRestorer } from '@jupyterlab/application';
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
import { UUID } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import type { DraftDocument, EnvironmentDocument } from '../detail/documents';
import type { DraftModel } from '../model/draft';
import type { EnvStore } from '../model/store';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';
import { saveWithLayout, warnBeforeLeaving } from './draftKeeper';
import { failureReporter } from './failures';
import { documentInFront } from './front';
import { denialFinder } from './guard';
import { BUILD_ARGS, TARGET_ARGS, TargetFinder } from './target';
import { Workbench } from './workbench';

/** The documents of the main area: an environment, and a specification being written. */
export const documents: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:documents',
  description: 'Opens environments and their specifications in the main area.',
  autoStart: true,
  requires: [IEnvStore, IEditorServices, ITranslator],
  optional: [ILayoutRestorer, ISettingRegistry, ILabStatus],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    editors: IEditorServices,
    translator: ITranslator,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    status: ILabStatus | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const targets = new TargetFinder(app, store);
    const denial = denialFinder(store, trans);
    const workbench = new Workbench(app);
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
        await opened.add(document);
      }
      document.model.select(buildId ?? null);
      workbench.show(document, 'Environment');
      return document;
    };

    const openDraft = async (
      draft: EnvStore.IDraftOptions,
      id: string = UUID.uuid4()
    ): Promise<void> => {
      const { DraftDocument } = await import('../detail/documents');
      const model = store.draft(draft);
      const document = new DraftDocument({ ...options, model });
      document.id = `jp-envstore-draft-${id}`;
      const onSubmitted = async (
        _: DraftModel,
        { namespace, name }: EnvStore.IAccepted
      ): Promise<void> => {
        await openEnvironment(namespace, name);
        document.dispose();
      };
      model.submitted.connect(onSubmitted, document);
      if (restorer) {
        saveWithLayout(document, drafts);
      } else if (status) {
        warnBeforeLeaving(document, status);
      }
      await drafts.add(document);
      workbench.show(document, 'Environment specification');
    };

    const canCreate = (): boolean =>
      store.permission === null || store.writableNamespaces.length > 0;
    const draftInFront = (): DraftDocument | undefined =>
      drafts.find(document => document === documentInFront(app.shell));

    if (restorer) {
      void restorer.restore(opened, {
        command: CommandIDs.open,
        args: ({ model }) => ({ namespace: model.namespace, name: model.name }),
        name: ({ model }) => `${model.namespace}/${model.name}`
      });
      void restorer.restore(drafts, {
        command: CommandIDs.create,
        args: ({ id, model }) => ({
          id: id.replace('jp-envstore-draft-', ''),
          text: model.text,
          isChanged: model.isDirty,
          ...(model.namespace && { namespace: model.namespace }),
          ...(model.target && { name: model.target.name })
        }),
        name: ({ id }) => id
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
        if (
          target === null ||
          workbench.isOpenedElsewhere(CommandIDs.open, { ...target })
        ) {
          return null;
        }
        return openEnvironment(target.namespace, target.name, target.buildId);
      }
    });

    commands.addCommand(CommandIDs.create, {
      label: trans.__('New Environment'),
      caption: () =>
        canCreate()
          ? trans.__('Write the specification of a new environment')
          : trans.__('Your role does not allow builds in any namespace.'),
      icon: args => (args.isPalette ? undefined : addIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: {
              type: 'string',
              description: 'The YAML to start from'
            },
            namespace: TARGET_ARGS.properties.namespace,
            name: {
              type: 'string',
              description:
                'The environment that gets the build; a new one without it'
            },
            isChanged: {
              type: 'boolean',
              description: 'Whether the text was changed and not built yet'
            },
            id: {
              type: 'string',
              description: 'What tells the document from others'
            }
          }
        }
      },
      isEnabled: canCreate,
      execute: async args => {
        if (workbench.isOpenedElsewhere(CommandIDs.create, args)) {
          return;
        }
        const namespace = textOf(args.namespace);
        const name = textOf(args.name);
        await openDraft(
          {
            text: textOf(args.text) ?? (await templateText(settings, store)),
            namespace: namespace ?? null,
            isChanged: args.isChanged === true,
            ...(namespace && name && { target: { namespace, name } })
          },
          textOf(args.id)
        );
      }
    });

    commands.addCommand(CommandIDs.edit, {
      label: args =>
        args.retry
          ? trans.__('Edit and Retry')
          : trans.__('Edit Specification'),
      caption: args =>
        denial('environment:create', targets.find(args)) ??
        trans.__('Change the specification and build it'),
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
      isEnabled: args =>
        targets.buildId(args) !== null &&
        denial('environment:create', targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('The specification cannot be opened'), async () => {
          const target = targets.find(args);
          const buildId = targets.buildId(args);
          if (
            target === null ||
            buildId === null ||
            workbench.isOpenedElsewhere(CommandIDs.edit, {
              ...args,
              ...target,
              buildId
            })
          ) {
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
      isEnabled: () => draftInFront() !== undefined,
      execute: () => draftInFront()?.model.submit()
    });
  }
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The user's template, or the built-in one with the server's channels. */
async function templateText(
  settings: ISettingRegistry | null,
  store: IEnvStore
): Promise<string> {
  // The channels of the built-in one are known then.
  await store.loaded;
  const loaded = await settings?.load(PLUGIN_ID).catch(() => null);
  const template = loaded?.get('template').composite;
  if (typeof template === 'string' && template.trim() !== '') {
    return template;
  }
  const { defaultTemplate } = await import('../spec/template');
  return defaultTemplate(store.info?.default_channels ?? ['conda-forge']);
}
