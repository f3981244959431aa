import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import {
  checkIcon,
  fileIcon,
  runIcon,
  undoIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import type { DraftModel } from '../model/draft';
import { failureReporter } from './failures';
import { loadWorkbench } from './front';
import type { Denial } from './guard';
import { readSetting } from './settings';

/** Which draft a command is about. */
export const DRAFT_ARGS = {
  type: 'object',
  properties: {
    draft: {
      type: 'string',
      description:
        'The specification that is being written; the one in front when it is left out'
    }
  }
} as const;

const SETTLE_ARGS = {
  type: 'object',
  properties: {
    ...DRAFT_ARGS.properties,
    choice: {
      type: 'string',
      description: 'What to go on with: mine, theirs or both'
    }
  }
} as const;

const IMPORT_ARGS = {
  type: 'object',
  properties: {
    ...DRAFT_ARGS.properties,
    path: {
      type: 'string',
      description: "The file, by JupyterLab's path; without it one is asked for"
    }
  }
} as const;

/** The commands on specifications that are being written. */
export function addDraftCommands(options: {
  app: JupyterFrontEnd;
  trans: TranslationBundle;
  /** The draft that the arguments name, or else the one in front. */
  find: (args: ReadonlyPartialJSONObject) => DraftModel | null;
  documents: IDocumentManager | null;
  settings: ISettingRegistry | null;
  translator: ITranslator;
  denial: Denial;
}): void {
  const { app, trans, find, documents, settings, translator, denial } = options;
  const { commands } = app;
  const attempt = failureReporter(trans);

  const reason = (draft: DraftModel | null): string | null => {
    if (draft === null || draft.canBuild) {
      return null;
    }
    const { namespace, target } = draft;
    if (!draft.isAllowed) {
      return (
        (namespace &&
          denial('environment:create', {
            namespace,
            name: target?.name ?? ''
          })) ??
        trans.__('Your role does not allow builds in any namespace.')
      );
    }
    if (draft.isSubmitting) {
      return trans.__('A build is being asked for');
    }
    return draft.isOffline
      ? trans.__('The server cannot be reached. What was written stays.')
      : trans.__('There is nothing to build.');
  };

  commands.addCommand(CommandIDs.build, {
    label: args =>
      args.draft ? trans.__('Build') : trans.__('Build Environment'),
    caption: args => {
      const draft = find(args);
      return draft?.conflict
        ? trans.__(
            'Another has asked for a build: choose first what you go on with.'
          )
        : (reason(draft) ??
            trans.__('Build the specification in front (Ctrl+Enter)'));
    },
    icon: runIcon,
    describedBy: { args: DRAFT_ARGS },
    isEnabled: args => {
      const draft = find(args);
      return draft?.canBuild === true && draft.conflict === null;
    },
    execute: async args => {
      const draft = find(args);
      if (draft?.typed?.() === false) {
        return;
      }
      if (draft && (await asksFirst(draft, settings))) {
        await preview(draft, true);
      } else {
        await draft?.submit();
      }
    }
  });

  /** A double click asks twice. */
  const previewed = new Set<DraftModel>();
  const preview = async (
    draft: DraftModel,
    isBuildAskedFor = false
  ): Promise<void> => {
    const { previewSolution } = await import(
      /* webpackChunkName: "documents" */ '../detail/solvePreview'
    );
    if (!previewed.has(draft)) {
      previewed.add(draft);
      await previewSolution(
        draft,
        { trans, commands },
        isBuildAskedFor
      ).finally(() => previewed.delete(draft));
    }
  };

  commands.addCommand(CommandIDs.solve, {
    label: args =>
      args.draft ? trans.__('Check') : trans.__('Check Environment'),
    caption: args => {
      const draft = find(args);
      return draft?.lockfile
        ? trans.__('There is nothing to solve: a lockfile is built as it is.')
        : (reason(draft) ??
            trans.__('Solve it, and show what a build would change'));
    },
    icon: checkIcon,
    describedBy: { args: DRAFT_ARGS },
    isEnabled: args => {
      const draft = find(args);
      return draft?.canBuild === true && draft.lockfile === null;
    },
    execute: async args => {
      const draft = find(args);
      if (draft && !draft.lockfile) {
        await preview(draft);
      }
    }
  });

  commands.addCommand(CommandIDs.settle, {
    label: ({ choice }) =>
      choice === 'theirs'
        ? trans.__('Take theirs')
        : choice === 'both'
          ? trans.__('Take both')
          : trans.__('Go on with mine'),
    caption: args =>
      args.choice === 'both' && find(args)?.merged === null
        ? trans.__('Both have changed the same lines.')
        : trans.__('Choose what is built next'),
    describedBy: { args: SETTLE_ARGS },
    isEnabled: args => {
      const draft = find(args);
      return (
        Boolean(draft?.conflict) &&
        (args.choice !== 'both' || draft?.merged !== null)
      );
    },
    execute: async args => {
      const { choice } = args;
      const draft = find(args);
      if (choice !== 'theirs' || (await mayDiscard(trans))) {
        draft?.settle(
          choice === 'theirs' || choice === 'both' ? choice : 'mine'
        );
      }
    }
  });

  commands.addCommand(CommandIDs.discard, {
    label: trans.__('Discard Changes'),
    caption: trans.__('Go back to the specification as it was'),
    icon: undoIcon,
    describedBy: { args: DRAFT_ARGS },
    isEnabled: args => find(args)?.isDirty === true,
    execute: async args => {
      const draft = find(args);
      if (draft && (await mayDiscard(trans))) {
        draft.revert();
      }
    }
  });

  /** Whether there is a draft for a file already, or one may be begun. */
  const isBegun = (args: ReadonlyPartialJSONObject): boolean =>
    args.draft !== undefined || commands.isEnabled(CommandIDs.create);

  commands.addCommand(CommandIDs.importFile, {
    label: args =>
      args.draft
        ? trans.__("JupyterLab's file…")
        : trans.__('New Environment From File…'),
    caption: args =>
      isBegun(args)
        ? trans.__(
            'Begin with an environment.yml, requirements.txt, pixi.toml, pyproject.toml or a lockfile'
          )
        : commands.caption(CommandIDs.create),
    icon: fileIcon,
    describedBy: { args: IMPORT_ARGS },
    isEnabled: args =>
      isBegun(args) && (documents !== null || typeof args.path === 'string'),
    isVisible: args => documents !== null || typeof args.path === 'string',
    execute: args =>
      attempt(trans.__('The file cannot be read'), async () => {
        if (!isBegun(args)) {
          throw new Error(commands.caption(CommandIDs.create));
        }
        if (
          args.path !== undefined &&
          (await loadWorkbench(app)).isOpenedElsewhere(
            CommandIDs.importFile,
            args
          )
        ) {
          return;
        }
        const { chooseFile } = await import(
          /* webpackChunkName: "panel" */ '../places/chooseFile'
        );
        const path =
          typeof args.path === 'string'
            ? args.path
            : documents && (await chooseFile(documents, trans, translator));
        if (path === null) {
          return;
        }
        const { contents } = app.serviceManager;
        const model = await contents.get(path, {
          type: 'file',
          format: 'text',
          content: true
        });
        const file = { text: String(model.content), filename: model.name };
        const draft = args.draft ? find(args) : null;
        if (draft) {
          await draft.origin.read(file);
        } else {
          await commands.execute(CommandIDs.create, file);
        }
      })
  });
}

/**
 * Whether a build is asked for only when its changes were looked at: there is something to compare
 * with, and nothing that keeps it from being solved.
 */
async function asksFirst(
  draft: DraftModel,
  settings: ISettingRegistry | null
): Promise<boolean> {
  const { installed, lockfile, name, problems } = draft;
  const isThere =
    installed !== null ||
    (draft.target === null && name !== null && draft.exists(name));
  if (!isThere || lockfile !== null || problems.length > 0) {
    return false;
  }
  return (await readSetting(settings, 'showChanges')) !== false;
}

/** Whether what was written may go. Enter must not let it. */
export async function mayDiscard(trans: TranslationBundle): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Discard the changes?'),
    body: trans.__(
      'The specification was changed, and not built. The changes are lost.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Discard') })
    ],
    defaultButton: 0
  });
  return button.accept;
}
