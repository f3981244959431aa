import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IUpkeep } from '../api/types';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import type { IEnvStore } from '../tokens';
import { failureReporter } from './failures';
import { denialFinder } from './guard';
import { BUILD_ARGS, PINNED_ARGS, TargetFinder } from './target';

type BuildTarget = ITarget & { buildId: number };

/** What can be done with the files of a finished build, beside using them; it is added once. */
export function addUpkeepCommands(
  app: JupyterFrontEnd,
  store: IEnvStore,
  trans: TranslationBundle
): void {
  const { commands } = app;
  if (commands.hasCommand(CommandIDs.verify)) {
    return;
  }
  const targets = new TargetFinder(app, store);
  const denial = denialFinder(store, trans);
  const attempt = failureReporter(trans);

  const add = (
    id: string,
    texts: { label: string; caption: string; failure: string },
    run: (target: BuildTarget) => Promise<void>
  ): void => {
    const reason = (args: ReadonlyPartialJSONObject): string | null =>
      denial('environment::update', targets.find(args)) ??
      (args.isPinned === true
        ? trans.__('It is pinned: take the pin off before you shelve it')
        : null);
    commands.addCommand(id, {
      label: texts.label,
      caption: args => reason(args) ?? texts.caption,
      describedBy: {
        args: id === CommandIDs.shelve ? PINNED_ARGS : BUILD_ARGS
      },
      isEnabled: args =>
        targets.find(args)?.buildId !== undefined && reason(args) === null,
      execute: args =>
        attempt(texts.failure, async () => {
          const { buildId, ...target } = targets.find(args) ?? {};
          if (buildId !== undefined) {
            await run({ ...(target as ITarget), buildId });
          }
        })
    });
  };

  /** A button in a notification that goes on with the same build. */
  const next = (id: string, target: BuildTarget): Notification.IAction[] => [
    {
      label: commands.label(id),
      caption: commands.caption(id, { ...target }),
      displayType: 'accent',
      callback: () => void commands.execute(id, { ...target })
    }
  ];

  /** Do something that takes its time, and tell how it ended. */
  const run =
    (task: IUpkeep['task'], doing: (buildId: number) => string) =>
    async (target: BuildTarget): Promise<void> => {
      const { buildId } = target;
      const id = Notification.emit(doing(buildId), 'in-progress', {
        autoClose: false,
        actions: [
          {
            label: trans.__('Cancel'),
            callback: event => {
              // How it ends is told in the same place.
              event.preventDefault();
              void attempt(trans.__('It cannot be canceled'), () =>
                store.endUpkeep(buildId)
              );
            }
          }
        ]
      });
      try {
        const ended = await store.lookAfter(buildId, task);
        if (ended.failure) {
          throw ended.failure;
        }
        Notification.update({ id, ...outcome(target, ended) });
      } catch (error) {
        Notification.dismiss(id);
        throw error;
      }
    };

  const outcome = (
    target: BuildTarget,
    { state, inspection }: IUpkeep
  ): {
    message: string;
    type: Notification.TypeOptions;
    autoClose: number | false;
    actions: Notification.IAction[];
  } => {
    const { buildId } = target;
    const good = (
      message: string,
      actions: Notification.IAction[] = []
    ): ReturnType<typeof outcome> => ({
      message,
      type: 'success',
      autoClose: 15_000,
      actions
    });
    if (state === 'canceled') {
      return { ...good(trans.__('It was canceled.')), type: 'info' };
    }
    if (inspection === null) {
      return good(
        trans.__('Build %1 is back, as it was.', buildId),
        next(CommandIDs.makeCurrent, target)
      );
    }
    if (inspection.intact) {
      return good(
        trans._n(
          'Build %2 is as it was built: %1 file.',
          'Build %2 is as it was built: %1 files.',
          inspection.files,
          buildId
        )
      );
    }
    const { changed, missing, added } = inspection.counts;
    return {
      message: trans._n(
        'Build %2 is not as it was built: %1 file changed, %3 missing, %4 added, such as %5.',
        'Build %2 is not as it was built: %1 files changed, %3 missing, %4 added, such as %5.',
        changed,
        buildId,
        missing,
        added,
        inspection.deviations[0]?.path ?? ''
      ),
      type: 'warning',
      autoClose: false,
      actions: changed + missing > 0 ? next(CommandIDs.repair, target) : []
    };
  };

  add(
    CommandIDs.verify,
    {
      label: trans.__('Verify'),
      caption: trans.__('Compare its files with what is recorded of them'),
      failure: trans.__('The build cannot be verified')
    },
    run('verify', buildId => trans.__('Build %1 is being verified.', buildId))
  );
  add(
    CommandIDs.repair,
    {
      label: trans.__('Repair'),
      caption: trans.__('Put its files right, from the packages that it is of'),
      failure: trans.__('The build cannot be repaired')
    },
    run('repair', buildId => trans.__('Build %1 is being repaired.', buildId))
  );
  add(
    CommandIDs.restore,
    {
      label: trans.__('Restore'),
      caption: trans.__('Bring its files back, exactly as they were'),
      failure: trans.__('The build cannot be restored')
    },
    run('restore', buildId => trans.__('Build %1 is being restored.', buildId))
  );
  add(
    CommandIDs.shelve,
    {
      label: trans.__('Shelve'),
      caption: trans.__(
        'Take its files off the disk, and keep its lockfile and log: it can be restored'
      ),
      failure: trans.__('The build cannot be shelved')
    },
    async target => {
      await store.shelve(target.buildId);
      Notification.success(trans.__('Build %1 is shelved.', target.buildId), {
        autoClose: 15_000,
        actions: next(CommandIDs.restore, target)
      });
    }
  );
}
