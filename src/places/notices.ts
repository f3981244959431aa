import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import type { FollowedBuilds } from '../model/followed';

/** Tell that a build has ended, with what one does next. */
export function tellEnd(
  { buildId, namespace, name, status }: FollowedBuilds.IEnded,
  { commands, trans }: { commands: CommandRegistry; trans: TranslationBundle }
): void {
  const target = { namespace, name };
  const action = (
    label: string,
    command: string,
    args: ReadonlyPartialJSONObject,
    isFirst = false
  ): Notification.IAction[] =>
    commands.isEnabled(command, args)
      ? [
          {
            label,
            caption: commands.caption(command, args),
            displayType: isFirst ? 'accent' : 'default',
            callback: () => void commands.execute(command, args)
          }
        ]
      : [];
  if (status === 'COMPLETED') {
    Notification.success(trans.__('%1 is ready (build %2).', name, buildId), {
      autoClose: 15_000,
      actions: [
        ...action(trans.__('Use Here'), CommandIDs.useInNotebook, target),
        ...action(
          trans.__('New Notebook'),
          CommandIDs.newNotebook,
          target,
          true
        ),
        ...action(trans.__('Open'), CommandIDs.open, { ...target, buildId })
      ]
    });
  } else if (status === 'FAILED') {
    Notification.error(trans.__('Build %1 of %2 failed.', buildId, name), {
      autoClose: false,
      actions: [
        ...action(trans.__('Show Log'), CommandIDs.open, {
          ...target,
          buildId,
          tab: 'log'
        }),
        ...action(
          trans.__('Edit and Retry'),
          CommandIDs.edit,
          { ...target, buildId, retry: true },
          true
        )
      ]
    });
  }
}
