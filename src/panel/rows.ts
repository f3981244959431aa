import type { IEnvironment } from '../api/types';
import type { EnvironmentList } from '../model/environments';

/** A row of the sidebar: a namespace, or an environment in it. */
export type Row = INamespaceRow | IEnvironmentRow;

export interface INamespaceRow {
  kind: 'namespace';
  key: string;
  namespace: string;
  count: number;
  isExpanded: boolean;
  position: number;
  siblings: number;
}

export interface IEnvironmentRow {
  kind: 'environment';
  key: string;
  environment: IEnvironment;
  position: number;
  siblings: number;
}

/**
 * The rows to show, from top to bottom.
 *
 * A filter opens every namespace with a match and leaves out the others.
 */
export function visibleRows(
  groups: readonly EnvironmentList.IGroup[],
  options: { filter: string; collapsed: ReadonlySet<string> }
): Row[] {
  const filter = options.filter.trim().toLowerCase();
  const shown = groups
    .map(({ namespace, environments }) => ({
      namespace,
      environments: environments.filter(({ name }) =>
        `${namespace}/${name}`.toLowerCase().includes(filter)
      )
    }))
    .filter(({ environments }) => filter === '' || environments.length > 0);
  return shown.flatMap(({ namespace, environments }, index) => {
    const isExpanded = filter !== '' || !options.collapsed.has(namespace);
    const header: Row = {
      kind: 'namespace',
      key: `${namespace}/`,
      namespace,
      count: environments.length,
      isExpanded,
      position: index + 1,
      siblings: shown.length
    };
    const children = environments.map((environment, place): Row => ({
      kind: 'environment',
      key: `${namespace}/${environment.name}`,
      environment,
      position: place + 1,
      siblings: environments.length
    }));
    return isExpanded ? [header, ...children] : [header];
  });
}

/** The next row after `from` whose name starts with a letter, round the end. */
export function rowStartingWith(
  rows: readonly Row[],
  from: number,
  letter: string
): number {
  for (let step = 1; step <= rows.length; step++) {
    const index = (from + step) % rows.length;
    const row = rows[index];
    const name =
      row?.kind === 'namespace' ? row.namespace : (row?.environment.name ?? '');
    if (name.toLowerCase().startsWith(letter.toLowerCase())) {
      return index;
    }
  }
  return from;
}
