import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import type { EnvironmentModel } from '../model/environment';
import type { IEnvStore } from '../tokens';
import type { OpenEnvironment } from './documents';
import { failureReporter } from './failures';
import { absence, denialFinder } from './guard';
import { BUILD_ARGS, TARGET_ARGS, TargetFinder } from './target';

/** What is done within the document of an environment, which they open. */
export function addDetailCommands(
  app: JupyterFrontEnd,
  store: IEnvStore,
  trans: TranslationBundle,
  open: OpenEnvironment
): void {
  const { commands } = app;
  const targets = new TargetFinder(app, store);
  const denial = denialFinder(store, trans);
  const attempt = failureReporter(trans);

  /** A command that opens the environment in a tab, and does something there. */
  const add = (
    id: string,
    texts: { label: CommandRegistry.ICommandOptions['label']; caption: string },
    properties: ReadonlyJSONObject,
    tab: string,
    run: (
      model: EnvironmentModel,
      buildId: number,
      args: ReadonlyPartialJSONObject
    ) => Promise<void> | void,
    reason: (target: ITarget | null) => string | null = () =>
      absence(store, trans)
  ): void => {
    commands.addCommand(id, {
      label: texts.label,
      caption: args => reason(targets.find(args)) ?? texts.caption,
      describedBy: { args: { type: 'object', properties } },
      isEnabled: args =>
        targets.buildId(args) !== null && reason(targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('It cannot be done'), async () => {
          const target = targets.find(args);
          const buildId = targets.buildId(args);
          if (target !== null && buildId !== null) {
            const { namespace, name } = target;
            const { model } = await open(namespace, name, {
              tab,
              stays: true,
              ...(tab === 'artifacts' && { buildId })
            });
            await run(model, buildId, args);
          }
        })
    });
  };

  add(
    CommandIDs.annotate,
    {
      label: trans.__('Note…'),
      caption: trans.__('Write a note on the build, and give it tags')
    },
    {
      ...BUILD_ARGS.properties,
      note: {
        type: 'string',
        description: 'The note; without it, and without tags, it is asked for'
      },
      tags: {
        type: 'array',
        items: { type: 'string' },
        description: 'The tags'
      }
    },
    'builds',
    (model, buildId, { note, tags }) =>
      typeof note === 'string' || Array.isArray(tags)
        ? model.annotate(
            buildId,
            typeof note === 'string' ? note : null,
            Array.isArray(tags) ? tags.map(String) : null
          )
        : model.writeNote(buildId),
    target => denial('environment::update', target)
  );

  add(
    CommandIDs.compare,
    {
      label: trans.__('Differences'),
      caption: trans.__('Show what differs between two builds')
    },
    {
      ...BUILD_ARGS.properties,
      otherId: {
        type: 'number',
        description:
          'The build to compare it with; the current one when it is left out'
      }
    },
    'builds',
    (model, buildId, { otherId }) => {
      const current = model.environment?.published_build?.id;
      model.compare([
        typeof otherId === 'number' ? otherId : (current ?? buildId),
        buildId
      ]);
    }
  );

  add(
    CommandIDs.measure,
    {
      label: trans.__('Measure'),
      caption: trans.__('Measure what all builds occupy')
    },
    TARGET_ARGS.properties,
    'overview',
    model => model.measure(),
    target =>
      absence(store, trans) ??
      // The server measures no more than its own store.
      (target && store.environments.readOnlyReason(target.namespace))
  );

  add(
    CommandIDs.artifact,
    {
      label: ({ isCopy }) => (isCopy ? trans.__('Copy') : trans.__('Download')),
      caption: trans.__('Get a file that the build can be had as')
    },
    {
      ...BUILD_ARGS.properties,
      file: {
        type: 'string',
        description:
          'The name of the file, as the artifacts list it, or log; the specification as it was written when it is left out'
      },
      isCopy: {
        type: 'boolean',
        description: 'Whether its text is copied; it is downloaded otherwise'
      }
    },
    'artifacts',
    async (model, buildId, { file, isCopy }) => {
      const [build, { getFile }] = await Promise.all([
        store.build(buildId),
        import(/* webpackChunkName: "documents" */ '../detail/artifactFiles')
      ]);
      await getFile(
        model,
        build,
        typeof file === 'string' ? file : null,
        isCopy === true,
        trans
      );
    }
  );
}
