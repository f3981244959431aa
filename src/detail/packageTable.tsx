import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild, IPackage } from '../api/types';
import { useTrans } from '../components/context';
import { formatBytes, shownId } from '../components/format';
import type {
  IPackageOrder,
  PackageColumn,
  PackageFilter
} from '../packageTable';
import { shownPackages } from '../packageTable';
import { SpecDocument } from '../spec/document';
import { normalizedPipName, packageName } from '../spec/matchspec';
import { PackageDetails } from './packageDetails';

const FILTERS: readonly PackageFilter[] = [
  'all',
  'requested',
  'transitive',
  'pip'
];

const COLUMNS: readonly PackageColumn[] = [
  'name',
  'requested',
  'version',
  'build',
  'channel',
  'size',
  'license',
  'requiredBy'
];

/** The packages of a finished build, to be searched, sorted and looked into. */
export function PackageTable(props: {
  build: IBuild;
  packages: readonly IPackage[];
}): JSX.Element {
  const trans = useTrans();
  const { build, packages } = props;
  const [search, setSearch] = React.useState('');
  const [filter, setFilter] = React.useState<PackageFilter>('all');
  const [order, setOrder] = React.useState<IPackageOrder>({
    column: 'requested',
    isDescending: false
  });
  const [openId, setOpenId] = React.useState<number | null>(null);
  const shown = React.useMemo(
    () => shownPackages(packages, { filter, search, order }),
    [packages, filter, search, order]
  );
  const { text } = build;
  const asked = React.useMemo(
    () =>
      new Map(
        new SpecDocument(text).dependencies.map(item => [
          keyOf(item.manager, packageName(item.text)),
          item.text
        ])
      ),
    [text]
  );
  return (
    <>
      <div className="jp-EnvStoreDetail-bar">
        <input
          type="search"
          className="jp-EnvStoreDetail-search"
          placeholder={trans.__('Search packages')}
          aria-label={trans.__('Search packages')}
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
        <label>
          {trans.__('Show')}{' '}
          <select
            className="jp-EnvStore-choice"
            value={filter}
            onChange={event => setFilter(event.target.value as PackageFilter)}
          >
            {FILTERS.map(item => (
              <option key={item} value={item}>
                {filterLabel(item, trans)}
              </option>
            ))}
          </select>
        </label>
        <span role="status">
          {trans._n(
            '%2 of %1 package',
            '%2 of %1 packages',
            packages.length,
            shown.length
          )}
        </span>
      </div>
      <div
        className="jp-EnvStoreDetail-scroll"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Packages of build %1', shownId(build.id))}
      >
        <table className="jp-EnvStoreDetail-table">
          <thead>
            <tr>
              {COLUMNS.map(column => (
                <Heading
                  key={column}
                  column={column}
                  order={order}
                  onOrder={setOrder}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(item => (
              <React.Fragment key={item.id}>
                <Row
                  item={item}
                  asked={asked.get(keyOf(item.manager, item.name))}
                  isOpen={item.id === openId}
                  onToggle={() =>
                    setOpenId(item.id === openId ? null : item.id)
                  }
                />
                {item.id === openId && (
                  <tr>
                    <td colSpan={COLUMNS.length}>
                      <PackageDetails
                        build={build}
                        item={item}
                        packages={packages}
                      />
                    </td>
                  </tr>
                )}
              </React.Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Heading(props: {
  column: PackageColumn;
  order: IPackageOrder;
  onOrder: (order: IPackageOrder) => void;
}): JSX.Element {
  const trans = useTrans();
  const { column, order, onOrder } = props;
  const isSorted = order.column === column;
  return (
    <th
      scope="col"
      aria-sort={
        isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined
      }
    >
      <button
        type="button"
        className="jp-EnvStoreDetail-sort"
        onClick={() =>
          onOrder({ column, isDescending: isSorted && !order.isDescending })
        }
      >
        {columnLabel(column, trans)}
      </button>
    </th>
  );
}

function Row(props: {
  item: IPackage;
  /** What the specification says of it. */
  asked: string | undefined;
  isOpen: boolean;
  onToggle: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { item, asked, isOpen, onToggle } = props;
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="jp-EnvStore-link"
          aria-expanded={isOpen}
          onClick={onToggle}
        >
          {item.name}
        </button>
      </th>
      <td>
        {!item.requested ? (
          trans.__('No')
        ) : asked ? (
          <code>{asked}</code>
        ) : (
          trans.__('Yes')
        )}
      </td>
      <td>{item.version}</td>
      <td>{item.build}</td>
      <td>{item.manager === 'pip' ? item.manager : item.channel.name}</td>
      <td>{item.size > 0 ? formatBytes(item.size) : '–'}</td>
      <td>{item.license ?? '–'}</td>
      <td>{item.required_by.length}</td>
    </tr>
  );
}

/** Tells a package from others, as its manager writes names. */
function keyOf(manager: IPackage['manager'], name: string): string {
  return manager === 'pip' ? `pip ${normalizedPipName(name)}` : name;
}

function filterLabel(filter: PackageFilter, trans: TranslationBundle): string {
  switch (filter) {
    case 'requested':
      return trans.__('Requested');
    case 'transitive':
      return trans.__('Transitive');
    case 'pip':
      return trans.__('From pip');
    default:
      return trans.__('All');
  }
}

function columnLabel(column: PackageColumn, trans: TranslationBundle): string {
  switch (column) {
    case 'name':
      return trans.__('Name');
    case 'version':
      return trans.__('Version');
    case 'build':
      return trans.__('Build string');
    case 'channel':
      return trans.__('Channel');
    case 'size':
      return trans.__('Size');
    case 'license':
      return trans.__('Licence');
    case 'requested':
      return trans.__('Requested');
    case 'requiredBy':
      return trans.__('Required by');
  }
}
