import * as React from 'react';
import type { ISolution } from '../api/types';
import { useTrans } from '../components/context';
import { formatBytes } from '../components/format';
import { Table } from '../components/table';
import { Tabs } from '../components/tabs';
import { channelLabel } from './packageBox';

/** What happens to one package. */
export interface IRow {
  name: string;
  change: 'added' | 'changed' | 'removed';
  before: string;
  after: string;
  direction: 'up' | 'down' | 'same';
  channel: string;
  size: number;
  isRequested: boolean;
}

/** What would be added, changed and removed: what was asked for, and what follows from it. */
export function ChangeTable(props: { solution: ISolution }): JSX.Element {
  const trans = useTrans();
  const rows = React.useMemo(() => rowsOf(props.solution), [props.solution]);
  const requested = rows.filter(row => row.isRequested);
  const others = rows.filter(row => !row.isRequested);
  const [tab, setTab] = React.useState<'requested' | 'effects'>(
    requested.length > 0 ? 'requested' : 'effects'
  );
  return (
    <div className="jp-EnvStorePreview-changes">
      <Tabs
        id="jp-EnvStorePreview"
        label={trans.__('Changes')}
        tabs={[
          {
            id: 'requested',
            label: trans.__('Requested (%1)', requested.length)
          },
          { id: 'effects', label: trans.__('Side effects (%1)', others.length) }
        ]}
        current={tab}
        onChange={setTab}
      >
        {shown => (
          <ChangeRows rows={shown === 'requested' ? requested : others} />
        )}
      </Tabs>
    </div>
  );
}

/** What happens to packages, one a row. */
export function ChangeRows(props: { rows: readonly IRow[] }): JSX.Element {
  const trans = useTrans();
  if (props.rows.length === 0) {
    return <p>{trans.__('Nothing changes here.')}</p>;
  }
  const labels = {
    added: trans.__('added'),
    removed: trans.__('removed'),
    up: trans.__('upgraded'),
    down: trans.__('downgraded'),
    same: trans.__('changed')
  };
  return (
    <Table
      label={trans.__('Changes')}
      columns={[
        trans.__('Package'),
        trans.__('Change'),
        trans.__('Version'),
        trans.__('Channel'),
        trans.__('Size')
      ]}
    >
      {props.rows.map(row => (
        <tr key={row.name} data-change={row.change}>
          <th scope="row">{row.name}</th>
          <td className="jp-EnvStorePreview-sign">
            <span aria-hidden="true">{SIGNS[row.change]} </span>
            {labels[row.change === 'changed' ? row.direction : row.change]}
          </td>
          <td>
            {row.before && <del>{row.before}</del>}
            {row.before && row.after && ' → '}
            {row.after && <ins>{row.after}</ins>}
          </td>
          <td>{row.channel}</td>
          <td>{row.size > 0 ? formatBytes(row.size) : ''}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Before words that say the same. */
export const SIGNS = { added: '+', changed: '~', removed: '−' };

/** What happens to each package, by name; without a difference all of them are added. */
export function rowsOf(
  solution: Pick<ISolution, 'difference' | 'packages'>
): IRow[] {
  const { difference, packages } = solution;
  const row = {
    before: '',
    after: '',
    direction: 'same' as const,
    channel: '',
    size: 0
  };
  const added = difference
    ? difference.added
    : (packages ?? []).map(item => ({ ...item, channel: item.channel_id }));
  const rows: IRow[] = [
    ...added.map(item => ({
      ...row,
      name: item.name,
      change: 'added' as const,
      after: item.version,
      channel: channelLabel(item.channel),
      size: item.size,
      isRequested: item.requested
    })),
    ...(difference?.changed ?? []).map(({ before, after, ...item }) => {
      // Where the version is the same, what else differs tells the two apart.
      const text = (one: typeof before): string =>
        [
          one.version,
          ...(item.direction === 'same' && item.what.includes('build')
            ? [one.build]
            : []),
          ...(item.what.includes('channel') ? [channelLabel(one.channel)] : [])
        ].join(' ');
      return {
        ...row,
        name: item.name,
        change: 'changed' as const,
        before: text(before),
        after: text(after),
        direction: item.direction,
        channel: channelLabel(after.channel),
        size: after.size,
        isRequested: after.requested
      };
    }),
    ...(difference?.removed ?? []).map(item => ({
      ...row,
      name: item.name,
      change: 'removed' as const,
      before: item.version,
      channel: channelLabel(item.channel),
      isRequested: item.requested
    }))
  ];
  return rows.sort((a, b) => a.name.localeCompare(b.name));
}
