import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabStatus, ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { addIcon, launchIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import type { DraftDocument, EnvironmentDocument } from '../detail/documents';
import type { DraftModel } from '../model/draft';
import type { EnvironmentModel } from '../model/environment';
import type { EnvStore } from '../model/store';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { addDetailCommands } from './detailCommands';
import { addDraftCommands, mayDiscard } from './draftCommands';
import type { DraftKeeper } from './draftKeeper';
import { addEditCommand } from './editCommand';
import { failureReporter } from './failures';
import { documentInFront, loadWorkbench } from './front';
import { denialFinder } from './guard';
import { BUILD_ARGS, TARGET_ARGS, TargetFinder } from './target';

const LOCKFILE_ARG = {
  type: 'object',
  description:
    'The kind, name and description of a lockfile, which the text is then'
} as const;

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
    },
    baseId: {
      type: 'number',
      description: 'The build whose specification that was'
    },
    lockfile: LOCKFILE_ARG
  }
} as const;

/** Opens the document of an environment, at a build and in a tab. */
export type OpenEnvironment = (
  namespace: string,
  name: string,
  at?: {
    buildId?: number | undefined;
    tab?: unknown;
    draft?: Parameters<EnvironmentModel['startDraft']>[0] | null;
    /** Whether the build that is shown stays, when none is named. */
    stays?: boolean;
  }
) => Promise<EnvironmentDocument>;

/** Begins the ids of documents in which specifications of new environments are written. */
const DRAFT = 'jp-envstore-draft-';

/** The documents of the main area: an environment, and a specification being written. */
export const documents: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:documents',
  description: 'Opens environments and their specifications in the main area.',
  autoStart: true,
  requires: [IEnvStore, IEditorServices, ITranslator],
  optional: [ILayoutRestorer, ISettingRegistry, ILabStatus, IDocumentManager],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    editors: IEditorServices,
    translator: ITranslator,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    status: ILabStatus | null,
    documents: IDocumentManager | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const targets = new TargetFinder(app, store);
    const denial = denialFinder(store, trans);
    const attempt = failureReporter(trans);
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

    const loadKeeper = async (): Promise<DraftKeeper> => {
      const { DraftKeeper } = await import(
        /* webpackChunkName: "documents" */ './draftKeeper'
      );
      return new DraftKeeper(
        restorer && app.serviceManager.serverSettings.baseUrl,
        status
      );
    };

    /** Those that are being made: nobody who asks twice gets two. */
    const opening = new Map<string, Promise<EnvironmentDocument>>();

    /** The texts that documents were given, as long as nobody changes them. */
    const given = new WeakMap<EnvironmentModel, string>();

    const openEnvironment: OpenEnvironment = async (
      namespace,
      name,
      wanted = {}
    ) => {
      const [
        { EnvironmentDocument, isTab },
        { addRowCommands },
        { addUpkeepCommands },
        keeper
      ] = await Promise.all([
        import(/* webpackChunkName: "documents" */ '../detail/documents'),
        import(/* webpackChunkName: "panel" */ './rowCommands'),
        import(/* webpackChunkName: "documents" */ './upkeepCommands'),
        loadKeeper()
      ]);
      // Its buttons run them, whether the sidebar was shown or not.
      addRowCommands(app, store, trans);
      addUpkeepCommands(app, store, trans);
      const id = EnvironmentDocument.idOf(namespace, name);
      const at = { ...wanted, draft: draftOf(keeper.take(id)) ?? wanted.draft };
      const make = async (): Promise<EnvironmentDocument> => {
        const model = await store.open(namespace, name);
        if (at.draft) {
          model.startDraft(at.draft);
          given.set(model, at.draft.text);
        }
        const made = new EnvironmentDocument({ ...options, model });
        model.submitted.connect(onSubmitted, made);
        model.tabChanged.connect(() => opened.save(made), made);
        keeper.keep(made, opened, model.draftChanged, argsOf);
        await opened.add(made);
        return made;
      };
      let document = opened.find(widget => widget.id === id);
      if (!document) {
        const making = opening.get(id) ?? make();
        opening.set(id, making);
        document = await making.finally(() => opening.delete(id));
      }
      const { model } = document;
      const { draft } = model;
      if (
        at.draft &&
        at.draft.text !== draft?.text &&
        (!draft?.isDirty ||
          draft.text === given.get(model) ||
          (await mayDiscard(trans)))
      ) {
        model.startDraft(at.draft);
        given.set(model, at.draft.text);
      }
      if (at.buildId !== undefined || !at.stays) {
        model.select(at.buildId ?? null);
      }
      if (isTab(at.tab)) {
        model.openTab(at.tab);
      }
      (await loadWorkbench(app)).show(document, 'Environment');
      return document;
    };

    const onSubmitted = async (
      _: unknown,
      { namespace, name }: EnvStore.IAccepted
    ): Promise<void> => {
      await openEnvironment(namespace, name, { tab: 'log' });
    };

    const openDraft = async (
      draft: EnvStore.IDraftOptions,
      id: string = UUID.uuid4()
    ): Promise<DraftModel> => {
      const { DraftDocument } = await import(
        /* webpackChunkName: "documents" */ '../detail/documents'
      );
      const model = await store.draft(draft);
      const document = new DraftDocument({ ...options, model });
      document.id = `${DRAFT}${id}`;
      model.submitted.connect(async (_, accepted) => {
        await onSubmitted(_, accepted);
        // What was written meanwhile stays.
        if (!model.isDirty) {
          document.dispose();
        }
      }, document);
      (await loadKeeper()).keep(document, drafts, model.changed, draftArgsOf);
      await drafts.add(document);
      (await loadWorkbench(app)).show(document, 'Environment specification');
      return model;
    };

    /** Why nothing new can be written, at all or in the namespace of a row. */
    const creationDenial = (args: ReadonlyPartialJSONObject): string | null => {
      if (store.permission !== null && store.writableNamespaces.length === 0) {
        return trans.__('Your role does not allow builds in any namespace.');
      }
      return args.isRow === true
        ? denial('environment:create', targets.find(args))
        : null;
    };
    const findDraft = (args: ReadonlyPartialJSONObject): DraftModel | null => {
      const front = documentInFront(app.shell);
      const isMeant = (
        document: DraftDocument | EnvironmentDocument,
        draft: DraftModel | null
      ): boolean =>
        args.draft === undefined
          ? document === front
          : draft?.id === args.draft;
      return (
        drafts.find(document => isMeant(document, document.model))?.model ??
        opened.find(document => isMeant(document, document.model.draft))?.model
          .draft ??
        null
      );
    };

    if (restorer) {
      void restorer.restore(opened, {
        command: CommandIDs.open,
        args: argsOf,
        name: ({ model }) => `${model.namespace}/${model.name}`
      });
      void restorer.restore(drafts, {
        command: CommandIDs.create,
        args: draftArgsOf,
        name: ({ id }) => id
      });
    }

    commands.addCommand(CommandIDs.open, {
      label: args =>
        args.tab === 'artifacts'
          ? trans.__('Export…')
          : args.tab === 'log'
            ? trans.__('Show Log')
            : trans.__('Open Environment'),
      caption: trans.__('Show the builds, the log and the specification'),
      icon: launchIcon,
      describedBy: { args: OPEN_ARGS },
      isEnabled: args => targets.find(args) !== null,
      execute: args =>
        // Its code is loaded with the first one, which a server that is away refuses.
        attempt(trans.__('The environment cannot be opened'), async () => {
          const target = targets.find(args);
          if (
            target === null ||
            (await loadWorkbench(app)).isOpenedElsewhere(CommandIDs.open, {
              ...args,
              ...target
            })
          ) {
            return;
          }
          const { namespace, name, buildId } = target;
          await openEnvironment(namespace, name, {
            buildId,
            tab: args.tab,
            draft: draftOf(args)
          });
        })
    });

    // What is allowed is known only now, also to the buttons of toolbars.
    store.infoChanged.connect(() => commands.notifyCommandChanged());
    commands.addCommand(CommandIDs.create, {
      label: trans.__('New Environment'),
      caption: args =>
        creationDenial(args) ??
        trans.__('Write the specification of a new environment'),
      icon: args => (args.isPalette ? undefined : addIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: {
              type: 'string',
              description: 'The YAML to start from'
            },
            filename: {
              type: 'string',
              description:
                'The name of the file that the text is from, of whatever kind that is'
            },
            lockfile: LOCKFILE_ARG,
            namespace: TARGET_ARGS.properties.namespace,
            isRow: TARGET_ARGS.properties.isRow,
            isChanged: {
              type: 'boolean',
              description: 'Whether the text was changed and not built yet'
            },
            id: {
              type: 'string',
              description: 'What tells the document from others'
            },
            template: {
              type: 'string',
              description:
                'The template to begin with: blank, python, r or another built-in one, or the name of one in the settings'
            }
          }
        }
      },
      isEnabled: args => creationDenial(args) === null,
      execute: given =>
        attempt(trans.__('The specification cannot be opened'), async () => {
          const reason = creationDenial(given);
          if (reason !== null) {
            // The launcher runs it for everybody.
            throw new Error(reason);
          }
          const args: ReadonlyPartialJSONObject = {
            ...given,
            ...(given.isRow === true && {
              namespace: targets.find(given)?.namespace
            }),
            ...(await loadKeeper()).take(`${DRAFT}${given.id}`)
          };
          if (
            (await loadWorkbench(app)).isOpenedElsewhere(
              CommandIDs.create,
              args
            )
          ) {
            return;
          }
          const text = textOf(args.text);
          const filename = textOf(args.filename);
          const { readTemplates } = await import(
            /* webpackChunkName: "documents" */ './templates'
          );
          const templates = await readTemplates(
            settings,
            store,
            text === undefined || filename !== undefined
          );
          const draft = await openDraft(
            {
              text:
                filename === undefined
                  ? (text ?? templates.text)
                  : templates.text,
              templates: templates.templates,
              namespace: textOf(args.namespace) ?? null,
              lockfile: lockfileOf(args.lockfile),
              isChanged: args.isChanged === true
            },
            textOf(args.id)
          );
          if (text !== undefined && filename !== undefined) {
            await draft.origin.read({ text, filename });
          }
          const chosen = textOf(args.template);
          if (chosen !== undefined) {
            const { TEMPLATES, templateText } = await import(
              /* webpackChunkName: "documents" */ '../spec/template'
            );
            const template = [...TEMPLATES, ...templates.templates].find(
              ({ id }) => id === chosen
            );
            if (template) {
              await draft.origin.begin(
                templateText(template, draft.defaultChannels)
              );
            }
          }
        })
    });

    addDetailCommands(app, store, trans, openEnvironment);
    addEditCommand({
      app,
      trans,
      store,
      targets,
      denial,
      open: openEnvironment
    });
    addDraftCommands({
      app,
      trans,
      find: findDraft,
      documents,
      settings,
      translator,
      denial
    });
  }
};

/** What opens the document of an environment again, with what is written there. */
function argsOf({ model }: EnvironmentDocument): ReadonlyPartialJSONObject {
  const { namespace, name, tab, draft } = model;
  return {
    namespace,
    name,
    tab,
    ...(draft?.isDirty && {
      draft: draft.text,
      baseId: draft.baseId,
      ...lockfileArg(draft)
    })
  };
}

function draftArgsOf({ id, model }: DraftDocument): ReadonlyPartialJSONObject {
  return {
    id: id.replace(DRAFT, ''),
    text: model.text,
    isChanged: model.isDirty,
    ...lockfileArg(model),
    ...(model.namespace && { namespace: model.namespace })
  };
}

function lockfileArg({ lockfile }: DraftModel): ReadonlyPartialJSONObject {
  return lockfile ? { lockfile: { ...lockfile } } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What was written in an earlier session. */
function draftOf({
  draft,
  baseId,
  lockfile
}: ReadonlyPartialJSONObject):
  Parameters<EnvironmentModel['startDraft']>[0] | null {
  return typeof draft === 'string'
    ? {
        text: draft,
        isChanged: true,
        baseId: typeof baseId === 'number' ? baseId : undefined,
        lockfile: lockfileOf(lockfile)
      }
    : null;
}

function lockfileOf(value: unknown): DraftModel.ILockfile | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const { kind, name, description } = value as Record<string, unknown>;
  return {
    kind: textOf(kind) ?? '',
    name: textOf(name) ?? '',
    description: textOf(description) ?? ''
  };
}
