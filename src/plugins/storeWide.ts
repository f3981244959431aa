import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IEnvStore } from '../tokens';

/**
 * What a command on the store as a whole says of itself, and who may run it.
 *
 * With `isWriting` it is asked for whoever would change what it shows, too.
 */
export function storeWide(
  store: IEnvStore,
  trans: TranslationBundle,
  caption: string,
  isAlwaysWriting = false
): Required<Pick<CommandRegistry.ICommandOptions, 'caption' | 'isEnabled'>> {
  const isEnabled: CommandRegistry.CommandFunc<boolean> = args =>
    store.allows(
      isAlwaysWriting || args.isWriting ? 'setting::update' : 'setting::read',
      '*'
    );
  return {
    caption: args =>
      isEnabled(args)
        ? caption
        : trans.__('Only administrators of the store may do this.'),
    isEnabled
  };
}
