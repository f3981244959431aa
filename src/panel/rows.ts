import type { IEnvironment } from '../api/types';
import type { EnvironmentList } from '../model/environments';
import type { IFilter } from './filter';
import { isEmptyFilter, matchesFilter } from './filter';
import type { Order } from './order';
import { inOrder } from './order';

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
 * A filter opens every namespace with a match and leaves out the others. Where it
 * asks for packages, `containing` has the `namespace/name` of those that have them.
 */
export function visibleRows(
  groups: readonly EnvironmentList.IGroup[],
  options: {
    filter: IFilter;
    containing?: ReadonlySet<string> | null;
    collapsed: ReadonlySet<string>;
    order?: Order;
  }
): Row[] {
  const { filter, containing } = options;
  const isAll = isEmptyFilter(filter);
  const shown = groups
    .map(({ namespace, environments }) => ({
      namespace,
      environments: isAll
        ? environments
        : environments.filter(
            item =>
              matchesFilter(item, filter) &&
              (filter.packages.length === 0 ||
                containing?.has(`${namespace}/${item.name}`))
          )
    }))
    .filter(({ environments }) => isAll || environments.length > 0);
  return shown.flatMap(({ namespace, environments }, index) => {
    const isExpanded = !isAll || !options.collapsed.has(namespace);
    const header: Row = {
      kind: 'namespace',
      key: `${namespace}/`,
      namespace,
      count: environments.length,
      isExpanded,
      position: index + 1,
      siblings: shown.length
    };
    const children = inOrder(environments, options.order ?? 'name').map(
      (environment, place): Row => ({
        kind: 'environment',
        key: `${namespace}/${environment.name}`,
        environment,
        position: place + 1,
        siblings: environments.length
      })
    );
    return isExpanded ? [header, ...children] : [header];
  });
}

/**
 * The row whose name starts with what was typed, round the end: the next one for
 * one letter, also the present one for more.
 */
export function rowStartingWith(
  rows: readonly Row[],
  from: number,
  typed: string
): number {
  const text = typed.toLowerCase();
  const first = text.length > 1 ? 0 : 1;
  for (let step = first; step <= rows.length; step++) {
    const index = (from + step) % rows.length;
    const row = rows[index];
    const name =
      row?.kind === 'namespace' ? row.namespace : (row?.environment.name ?? '');
    if (name.toLowerCase().startsWith(text)) {
      return index;
    }
  }
  return from;
}
