import type { IPermission } from '../api/types';

/** What may be asked of a namespace or an environment, in conda-store's spelling. */
export type Permission =
  | 'environment:create'
  | 'namespace::create'
  | 'environment::update'
  | 'environment::delete'
  | 'build::cancel'
  | 'build::delete'
  | 'setting::read'
  | 'setting::update';

/**
 * Whether the user may do something; the name is left out for any environment, and
 * `*` as the namespace means the store as a whole.
 *
 * What is not known yet is allowed: the server has the last word anyway.
 */
export function allows(
  held: IPermission | null,
  permission: Permission,
  namespace: string,
  name = '*'
): boolean {
  if (held === null) {
    return true;
  }
  return Object.entries(held.entity_permissions).some(
    ([entity, permissions]) => {
      const [namespaces = '', names = '*'] = entity.split('/');
      return (
        permissions.includes(permission) &&
        matches(namespaces, namespace) &&
        (name === '*'
          ? // The whole store is no namespace, of which any environment would do.
            namespace !== '*' || /^\*+$/.test(names)
          : matches(names, name))
      );
    }
  );
}

/** `*` in a pattern stands for any text. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .split('*')
    .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
