import type { IPackage } from './api/types';

/** Which packages a table shows: all, or those of one sort. */
export type PackageFilter = 'all' | 'requested' | 'transitive' | 'pip';

/** What a table of packages can be sorted by. */
export type PackageColumn =
  | 'name'
  | 'version'
  | 'build'
  | 'channel'
  | 'size'
  | 'license'
  | 'requested'
  | 'requiredBy';

export interface IPackageOrder {
  column: PackageColumn;
  isDescending: boolean;
}

/** The packages to show, in order; the search is for a part of the name or the summary. */
export function shownPackages(
  packages: readonly IPackage[],
  options: { filter: PackageFilter; search: string; order: IPackageOrder }
): IPackage[] {
  const { filter, order } = options;
  const search = options.search.trim().toLowerCase();
  const sign = order.isDescending ? -1 : 1;
  return packages
    .filter(
      item =>
        isOfSort(item, filter) &&
        `${item.name} ${item.summary ?? ''}`.toLowerCase().includes(search)
    )
    .sort(
      (a, b) =>
        sign * compare(a, b, order.column) || byName.compare(a.name, b.name)
    );
}

/**
 * Why a package is there: from it up to one that the specification asks for, by
 * the shortest way. A package that is asked for is its own reason.
 */
export function reasonOf(
  item: IPackage,
  packages: readonly IPackage[]
): IPackage[] {
  const byKey = new Map(packages.map(other => [other.name, other]));
  const ways: IPackage[][] = [[item]];
  const seen = new Set([item.name]);
  for (const way of ways) {
    const last = way[way.length - 1];
    if (last === undefined || last.requested) {
      return way;
    }
    for (const name of last.required_by) {
      const next = byKey.get(name);
      if (next && !seen.has(name)) {
        seen.add(name);
        ways.push([...way, next]);
      }
    }
  }
  return [item];
}

/** The match spec that asks for exactly this version. */
export function pinOf(item: IPackage): string {
  return `${item.name}==${item.version}`;
}

function isOfSort(item: IPackage, filter: PackageFilter): boolean {
  switch (filter) {
    case 'requested':
      return item.requested;
    case 'transitive':
      return !item.requested;
    case 'pip':
      return item.manager === 'pip';
    default:
      return true;
  }
}

/** Numbers in texts count as numbers: `1.10` comes after `1.9`. */
const byName = new Intl.Collator('en', { numeric: true });

function compare(a: IPackage, b: IPackage, column: PackageColumn): number {
  switch (column) {
    case 'size':
      return a.size - b.size;
    case 'requested':
      return Number(b.requested) - Number(a.requested);
    case 'requiredBy':
      return a.required_by.length - b.required_by.length;
    case 'channel':
      return byName.compare(a.channel.name, b.channel.name);
    case 'license':
      return byName.compare(a.license ?? '', b.license ?? '');
    default:
      return byName.compare(a[column], b[column]);
  }
}
