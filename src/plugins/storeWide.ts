import type { TranslationBundle } from '@jupyterlab/translation';
import type { Permission } from '../model/permission';
import type { IEnvStore } from '../tokens';
import { absence } from './guard';

/** What a command on the store as a whole says of itself, and who may run it. */
export function storeWide(
  store: IEnvStore,
  trans: TranslationBundle,
  caption: string,
  permission: Permission = 'setting::read'
): { caption: () => string; isEnabled: () => boolean } {
  /** Why it cannot be run; what is only shown is shown as it was while the server is away. */
  const reason = (): string | null =>
    (permission === 'setting::read' ? null : absence(store, trans)) ??
    (store.allows(permission, '*')
      ? null
      : trans.__('Only administrators of the store may do this.'));
  return {
    caption: () => reason() ?? caption,
    isEnabled: () => reason() === null
  };
}
