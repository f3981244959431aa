import type { EnvStore } from './store';

/** An environment, by its names. */
export interface IEnvironmentName {
  namespace: string;
  name: string;
}

export interface INamespaceChoice {
  name: string;
  isAllowed: boolean;
  /** Why nothing in it can be changed by anybody; null where roles decide. */
  reason: string | null;
}

/** The environments to start from, the user's own first. */
export function environmentChoices(
  store: Pick<EnvStore, 'environments'>
): IEnvironmentName[] {
  return store.environments.environments.map(item => ({
    namespace: item.namespace.name,
    name: item.name
  }));
}

/** All namespaces and the chosen one, those first in which the user may build. */
export function namespaceChoices(
  store: Pick<EnvStore, 'environments' | 'mayBuildIn' | 'writableNamespaces'>,
  chosen: string | null
): INamespaceChoice[] {
  const { environments, writableNamespaces } = store;
  const names = new Set([
    ...writableNamespaces,
    ...environments.groups.map(({ namespace }) => namespace),
    ...(chosen === null ? [] : [chosen])
  ]);
  return [...names].map(name => ({
    name,
    isAllowed: store.mayBuildIn(name),
    reason: environments.readOnlyReason(name)
  }));
}
