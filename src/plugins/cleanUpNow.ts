import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../commandIds';
import type { CleanupModel } from '../model/cleanup';

/** The command that does the clean-up which a document shows; it is added once. */
export function addCleanUpNow(
  commands: CommandRegistry,
  trans: TranslationBundle,
  find: () => CleanupModel | null,
  /** Says that the server is away. */
  away: () => string | null
): void {
  if (commands.hasCommand(CommandIDs.cleanUpNow)) {
    return;
  }
  /** Why it cannot be cleaned up now; null if it can. */
  const obstacle = (): string | null => {
    const { error, isBusy, isStale, preview } = find() ?? {};
    if (isBusy) {
      return trans.__('Cleaning up');
    }
    const reason = away();
    if (reason !== null) {
      return reason;
    }
    if (!preview || isStale) {
      return error?.message ?? trans.__('Finding out what would go');
    }
    return find()?.isEmpty ? trans.__('By these rules, nothing goes.') : null;
  };
  commands.addCommand(CommandIDs.cleanUpNow, {
    label: trans.__('Clean Up'),
    caption: () => obstacle() ?? trans.__('Remove what is shown for good'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => obstacle() === null,
    execute: () => find()?.confirm()
  });
}
