import type { TranslationBundle } from '@jupyterlab/translation';
import type { ITarget } from '../commandIds';
import type { Permission } from '../model/permission';
import type { IEnvStore } from '../tokens';

/** Says why the user may not do something; null if the user may. */
export type Denial = (
  permission: Permission,
  target: ITarget | null
) => string | null;

export function denialFinder(
  store: IEnvStore,
  trans: TranslationBundle
): Denial {
  return (permission, target) =>
    absence(store, trans) ??
    (target === null || store.allows(permission, target.namespace, target.name)
      ? null
      : (store.environments.readOnlyReason(target.namespace) ??
        trans.__(
          'Your role in namespace %1 does not allow this.',
          target.namespace
        )));
}

/** Says that the server is away; null while it answers. */
export function absence(
  store: IEnvStore,
  trans: TranslationBundle
): string | null {
  return store.environments.error?.kind === 'unreachable'
    ? trans.__('The server cannot be reached.')
    : null;
}
