import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { useSignal } from '../components/useSignal';
import type { EnvironmentList } from '../model/environments';
import { visibleRows } from './rows';
import { EnvironmentTree } from './tree';

/** The body of the sidebar. */
export function EnvironmentsBody(props: {
  environments: EnvironmentList;
  collapsed: Promise<ReadonlySet<string>>;
  onCollapsed: (collapsed: ReadonlySet<string>) => void;
}): JSX.Element {
  const trans = useTrans();
  const { environments, onCollapsed } = props;
  useSignal(environments.changed);
  const [filter, setFilter] = React.useState('');
  const [collapsed, setCollapsed] = React.useState<ReadonlySet<string>>(
    () => new Set()
  );
  React.useEffect(() => {
    void props.collapsed.then(setCollapsed);
  }, [props.collapsed]);

  const toggle = (namespace: string): void => {
    const next = new Set(collapsed);
    if (!next.delete(namespace)) {
      next.add(namespace);
    }
    setCollapsed(next);
    onCollapsed(next);
  };

  const { error, groups, status } = environments;
  if (status === 'loading') {
    return <Skeleton />;
  }
  const rows = visibleRows(groups, { filter, collapsed });
  const isEmpty = groups.every(group => group.environments.length === 0);
  return (
    <div className="jp-EnvStore-body">
      {error && (
        <ErrorCard error={error} onRetry={() => void environments.refresh()} />
      )}
      {!error && isEmpty && (
        <div className="jp-EnvStore-empty">
          <p>{trans.__('There are no environments yet.')}</p>
          <CommandButton
            command={CommandIDs.create}
            args={{}}
            emphasis="accept"
          />
        </div>
      )}
      {!isEmpty && (
        <>
          <Summary environments={environments} />
          <input
            type="search"
            className="jp-EnvStore-filter"
            placeholder={trans.__('Filter environments')}
            aria-label={trans.__('Filter environments')}
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
          {rows.length > 0 ? (
            <EnvironmentTree rows={rows} onToggle={toggle} />
          ) : (
            <p className="jp-EnvStore-empty">
              {trans.__('No environment matches "%1".', filter)}
            </p>
          )}
        </>
      )}
    </div>
  );
}

/** How many builds run and wait, told to those who cannot see the rows change. */
function Summary(props: { environments: EnvironmentList }): JSX.Element {
  const trans = useTrans();
  const builds = props.environments.environments.map(
    ({ latest_build: build }) => build?.status
  );
  const running = builds.filter(status => status === 'BUILDING').length;
  const waiting = builds.filter(status => status === 'QUEUED').length;
  const parts = [
    running > 0 && trans._n('%1 build running', '%1 builds running', running),
    waiting > 0 && trans._n('%1 build waiting', '%1 builds waiting', waiting)
  ];
  return (
    <div className="jp-EnvStore-summary" role="status">
      {parts.filter(Boolean).join(', ')}
    </div>
  );
}

function Skeleton(): JSX.Element {
  const trans = useTrans();
  return (
    <div
      className="jp-EnvStore-body"
      role="status"
      aria-busy="true"
      aria-label={trans.__('Loading environments')}
    >
      {[0, 1, 2].map(row => (
        <div key={row} className="jp-EnvStore-skeleton" />
      ))}
    </div>
  );
}
