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
import type { ISignal } from '@lumino/signaling';
import { CommandIDs } from '../commandIds';
import type { DraftDocument, EnvironmentDocument } from '../detail/documents';
import type { DraftModel } from '../model/draft';
import type { EnvStore } from '../model/store';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';
import type { IWrittenDocument } from './draftKeeper';
import { saveWithLayout, warnBeforeLeaving } from './draftKeeper';
import { failureReporter } from './failures';
import { documentInFront } from './front';
import { denialFinder } from './guard';
import { BUILD_ARGS, TARGET_ARGS, TargetFinder } from './target';
import { Workbench } from './workbench';

/** Where to open an environment, and what was written there in an earlier session. */
const OPEN_ARGS = {
  type: 'object',
  properties: {
    ...BUILD_ARGS.properties,
    tab: {
      type: 'string',
      description:
        'What to show: overview, specification, packages, builds, log or artifacts'
    },
    draft: {
      type: 'string',
      description: 'A specification that was changed and not built yet'
    }
  }
} as const;

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
      at: { buildId?: number | undefined; tab?: unknown } = {}
    ): Promise<EnvironmentDocument> => {
      const { EnvironmentDocument, isTab } =
        await import('../detail/documents');
      const id = EnvironmentDocument.idOf(namespace, name);
      let document = opened.find(widget => widget.id === id);
      if (!document) {
        const model = await store.open(namespace, name);
        document = new EnvironmentDocument({ ...options, model });
        model.submitted.connect(onSubmitted, document);
        model.tabChanged.connect(
          () => document && opened.save(document),
          document
        );
        keep(document, opened, model.draftChanged);
        await opened.add(document);
      }
      document.model.select(at.buildId ?? null);
      if (isTab(at.tab)) {
        document.model.openTab(at.tab);
      }
      workbench.show(document, 'Environment');
      return document;
    };

    const onSubmitted = async (
      _: unknown,
      { namespace, name }: EnvStore.IAccepted
    ): Promise<void> => {
      await openEnvironment(namespace, name, { tab: 'log' });
    };

    /** Keep what is written in a document over a reload, as far as the page lets. */
    const keep = <T extends IWrittenDocument>(
      document: T,
      tracker: WidgetTracker<T>,
      changed: ISignal<unknown, unknown>
    ): void => {
      if (restorer) {
        saveWithLayout(document, tracker, changed);
      } else if (status) {
        warnBeforeLeaving(document, status, changed);
      }
    };

    const openDraft = async (
      draft: EnvStore.IDraftOptions,
      id: string = UUID.uuid4()
    ): Promise<void> => {
      const { DraftDocument } = await import('../detail/documents');
      const model = await store.draft(draft);
      const document = new DraftDocument({ ...options, model });
      document.id = `jp-envstore-draft-${id}`;
      model.submitted.connect(async (_, accepted) => {
        await onSubmitted(_, accepted);
        document.dispose();
      }, document);
      keep(document, drafts, model.changed);
      await drafts.add(document);
      workbench.show(document, 'Environment specification');
    };

    const canCreate = (): boolean =>
      store.permission === null || store.writableNamespaces.length > 0;
    const draftInFront = (): DraftModel | null => {
      const front = documentInFront(app.shell);
      return (
        drafts.find(document => document === front)?.model ??
        opened.find(document => document === front)?.model.draft ??
        null
      );
    };

    if (restorer) {
      void restorer.restore(opened, {
        command: CommandIDs.open,
        args: ({ model }) => ({
          namespace: model.namespace,
          name: model.name,
          tab: model.tab,
          ...(model.draft?.isDirty && { draft: model.draft.text })
        }),
        name: ({ model }) => `${model.namespace}/${model.name}`
      });
      void restorer.restore(drafts, {
        command: CommandIDs.create,
        args: ({ id, model }) => ({
          id: id.replace('jp-envstore-draft-', ''),
          text: model.text,
          isChanged: model.isDirty,
          ...(model.namespace && { namespace: model.namespace })
        }),
        name: ({ id }) => id
      });
    }

    commands.addCommand(CommandIDs.open, {
      label: trans.__('Open Environment'),
      caption: trans.__('Show the builds, the log and the specification'),
      icon: launchIcon,
      describedBy: { args: OPEN_ARGS },
      isEnabled: args => targets.find(args) !== null,
      execute: async args => {
        const target = targets.find(args);
        if (
          target === null ||
          workbench.isOpenedElsewhere(CommandIDs.open, { ...args, ...target })
        ) {
          return null;
        }
        const { namespace, name, buildId } = target;
        const document = await openEnvironment(namespace, name, {
          buildId,
          tab: args.tab
        });
        if (typeof args.draft === 'string' && !document.model.draft) {
          document.model.startDraft({ text: args.draft, isChanged: true });
        }
        return document;
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
        await openDraft(
          {
            text: textOf(args.text) ?? (await templateText(settings, store)),
            namespace: textOf(args.namespace) ?? null,
            isChanged: args.isChanged === true
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
              description:
                'A match spec to ask for, instead of what the specification says of its package'
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
          const { setDependency } = await import('../spec/dependencies');
          const text = await store.specificationOf(buildId);
          const { model } = await openEnvironment(
            target.namespace,
            target.name,
            { tab: 'specification' }
          );
          const draft = model.draft ?? model.startDraft({ text });
          if (typeof args.dependency === 'string') {
            draft.setText(setDependency(draft.text, args.dependency));
          }
        })
    });

    commands.addCommand(CommandIDs.build, {
      label: trans.__('Build Environment'),
      caption: trans.__('Build the specification in front (Ctrl+Enter)'),
      icon: runIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => draftInFront() !== null,
      execute: () => draftInFront()?.submit()
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
