import type { TranslationBundle } from '@jupyterlab/translation';
import type { Permission } from '../model/permission';
import type { IEnvStore } from '../tokens';

/** What a command on the store as a whole says of itself, and who may run it. */
export function storeWide(
  store: IEnvStore,
  trans: TranslationBundle,
  caption: string,
  permission: Permission = 'setting::read'
): { caption: () => string; isEnabled: () => boolean } {
  const isEnabled = (): boolean => store.allows(permission, '*');
  return {
    caption: () =>
      isEnabled()
        ? caption
        : trans.__('Only administrators of the store may do this.'),
    isEnabled
  };
}
