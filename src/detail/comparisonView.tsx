import * as React from 'react';
import type { IBuild, IComparison } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import {
  formatBytes,
  formatMoment,
  shownId,
  statusLabel
} from '../components/format';
import { Skeleton } from '../components/skeleton';
import { Tabs } from '../components/tabs';
import { UnifiedDiff } from '../components/unifiedDiff';
import type { EnvironmentModel } from '../model/environment';
import { ChangeRows, rowsOf } from './changeTable';
import { Replied } from './replied';
import { useReply } from './useReply';

/** What differs between any two builds of an environment. */
export function ComparisonView(props: {
  model: EnvironmentModel;
  pair: EnvironmentModel.Pair;
}): JSX.Element {
  const trans = useTrans();
  const { model, pair } = props;
  const [before, after] = pair;
  const region = React.useRef<HTMLElement>(null);
  const reply = useReply(pair.join(' '), () =>
    model.comparisons.of(before, after)
  );
  // Chosen somewhere below: this is where one wants to read on.
  React.useEffect(() => {
    if (!region.current?.contains(document.activeElement)) {
      region.current?.focus();
    }
  }, [pair]);
  return (
    <section
      ref={region}
      tabIndex={-1}
      className="jp-EnvStoreBuilds-comparison"
      aria-label={trans.__('Differences')}
    >
      <div className="jp-EnvStoreDetail-bar">
        <Choice
          label={trans.__('From build')}
          builds={model.builds}
          value={before}
          onChange={id => model.compare([id, after])}
        />
        <Choice
          label={trans.__('to build')}
          builds={model.builds}
          value={after}
          onChange={id => model.compare([before, id])}
        />
        <Action
          label={trans.__('Swap')}
          onClick={() => model.compare([after, before])}
        />
        <Action label={trans.__('Close')} onClick={() => model.compare(null)} />
      </div>
      <Replied reply={reply} lines={3}>
        {value =>
          // What was known stays until more is known, and would be called this.
          value.before.build_id === before && value.after.build_id === after ? (
            <Difference value={value} />
          ) : (
            <Skeleton lines={3} />
          )
        }
      </Replied>
    </section>
  );
}

function Choice(props: {
  label: string;
  builds: readonly IBuild[];
  value: number;
  onChange: (id: number) => void;
}): JSX.Element {
  const trans = useTrans();
  const { label, builds, value, onChange } = props;
  return (
    <label>
      {label}{' '}
      <select
        className="jp-EnvStore-choice"
        value={value}
        onChange={event => onChange(Number(event.target.value))}
      >
        {builds.map(build => (
          <option key={build.id} value={build.id}>
            {`${shownId(build.id)} – ${statusLabel(build.status, trans)}, ${formatMoment(build.scheduled_on)}`}
          </option>
        ))}
        {/* It may be older than the builds read so far. */}
        {!builds.some(({ id }) => id === value) && (
          <option value={value}>{shownId(value)}</option>
        )}
      </select>
    </label>
  );
}

function Difference(props: { value: IComparison }): JSX.Element {
  const trans = useTrans();
  const { value } = props;
  const { before, after, packages, specification } = value;
  const [tab, setTab] = React.useState<'packages' | 'specification'>(
    packages ? 'packages' : 'specification'
  );
  const [filter, setFilter] = React.useState('');
  const rows = React.useMemo(
    () => (packages ? rowsOf({ difference: packages, packages: null }) : []),
    [packages]
  );
  const wanted = filter.trim().toLowerCase();
  return (
    <Tabs
      id={React.useId()}
      label={trans.__('Differences')}
      tabs={[
        {
          id: 'packages',
          label: packages
            ? trans.__('Packages (%1)', rows.length)
            : trans.__('Packages')
        },
        { id: 'specification', label: trans.__('Specification') }
      ]}
      current={tab}
      onChange={setTab}
    >
      {shown =>
        shown === 'specification' ? (
          specification.text ? (
            <UnifiedDiff
              diff={specification.text}
              label={trans.__('Differences of the specifications')}
            />
          ) : (
            <p>
              {trans.__('The same was asked for, or a lockfile was built.')}
            </p>
          )
        ) : packages === null ? (
          <p>
            {trans.__('Only builds that are ready have packages to compare.')}
          </p>
        ) : (
          <>
            <div className="jp-EnvStoreDetail-bar">
              <input
                type="search"
                className="jp-EnvStoreDetail-search"
                aria-label={trans.__('Filter the packages')}
                placeholder={trans.__('Filter the packages')}
                value={filter}
                onChange={event => setFilter(event.target.value)}
              />
              <span role="status">
                {trans.__(
                  '+ %1, ~ %2, − %3, %4 unchanged',
                  packages.added.length,
                  packages.changed.length,
                  packages.removed.length,
                  packages.unchanged
                )}
              </span>
              <span>
                {trans.__(
                  '%1 → %2 on disk',
                  formatBytes(before.size),
                  formatBytes(after.size)
                )}
              </span>
            </div>
            <ChangeRows
              rows={rows.filter(({ name }) => name.includes(wanted))}
            />
          </>
        )
      }
    </Tabs>
  );
}
