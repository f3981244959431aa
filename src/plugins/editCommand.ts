import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { editIcon } from '@jupyterlab/ui-components';
import { CommandIDs } from '../commandIds';
import type { EnvironmentDocument } from '../detail/documents';
import type { IEnvStore } from '../tokens';
import { mayDiscard } from './draftCommands';
import { failureReporter } from './failures';
import { loadWorkbench } from './front';
import type { denialFinder } from './guard';
import type { TargetFinder } from './target';
import { BUILD_ARGS } from './target';

const EDIT_ARGS = {
  type: 'object',
  properties: {
    ...BUILD_ARGS.properties,
    dependency: {
      type: 'string',
      description:
        'A match spec to ask for, instead of what the specification says of its package'
    },
    manager: {
      type: 'string',
      description: 'Who installs the dependency: conda, or pip'
    },
    instead: {
      type: 'string',
      description: 'The match spec that the dependency takes the place of'
    },
    channel: {
      type: 'string',
      description: 'A channel to add to those of the specification'
    },
    retry: {
      type: 'boolean',
      description: 'Whether the build has failed'
    }
  }
} as const;

/** The command that opens the specification of an environment, perhaps changed already. */
export function addEditCommand(options: {
  app: JupyterFrontEnd;
  trans: TranslationBundle;
  store: IEnvStore;
  targets: TargetFinder;
  denial: ReturnType<typeof denialFinder>;
  open: (
    namespace: string,
    name: string,
    at: { tab: string }
  ) => Promise<EnvironmentDocument>;
}): void {
  const { app, trans, store, targets, denial, open } = options;
  const { commands } = app;
  const attempt = failureReporter(trans);
  commands.addCommand(CommandIDs.edit, {
    label: args =>
      args.retry ? trans.__('Edit and Retry') : trans.__('Edit Specification'),
    caption: args =>
      denial('environment:create', targets.find(args)) ??
      trans.__('Change the specification and build it'),
    icon: editIcon,
    describedBy: { args: EDIT_ARGS },
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
          (await loadWorkbench(app)).isOpenedElsewhere(CommandIDs.edit, {
            ...args,
            ...target,
            buildId
          })
        ) {
          return undefined;
        }
        const [{ fixed }, { SpecDocument }, { pinned }] = await Promise.all([
          import(/* webpackChunkName: "documents" */ '../spec/fix'),
          import(/* webpackChunkName: "documents" */ '../spec/document'),
          import(/* webpackChunkName: "documents" */ '../spec/matchspec')
        ]);
        const { text } = await store.build(buildId);
        const { namespace, name } = target;
        const { model } = await open(namespace, name, { tab: 'specification' });
        const newest = model.environment?.latest_build;
        const [dependency, instead, channel] = [
          args.dependency,
          args.instead,
          args.channel
        ].map(value => (typeof value === 'string' ? value : undefined));
        const manager = args.manager === 'pip' ? 'pip' : 'conda';
        const isFix = dependency !== undefined || channel !== undefined;
        const isOlder = newest !== undefined && buildId !== newest.id && !isFix;
        if (isOlder && model.draft?.isDirty && !(await mayDiscard(trans))) {
          return undefined;
        }
        // What a draft differs from is the newest, whichever it begins as.
        const draft =
          model.draft ??
          model.startDraft({ text: model.environment?.text ?? text });
        if (isOlder) {
          draft.take(text);
        }
        if (draft.lockfile) {
          // It is built as it is, and says so.
          return draft.id;
        }
        if (isFix) {
          draft.setText(
            fixed(
              draft.text,
              { dependency, manager, instead, channel },
              draft.defaultChannels
            )
          );
        }
        const { dependencies, channels } = new SpecDocument(draft.text);
        const said = [...dependencies, ...channels].map(item => item.text);
        if (
          [dependency, channel].some(
            wanted =>
              wanted !== undefined &&
              !said.some(item => pinned(item, wanted, manager) === item)
          )
        ) {
          Notification.warning(
            trans.__(
              'The way this is written, it can only be changed in the YAML.'
            )
          );
        }
        // For commands on drafts.
        return draft.id;
      })
  });
}
