import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { lockIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { formatTime } from '../components/format';
import { useSignal } from '../components/useSignal';
import type { SidebarModel } from '../model/sidebar';
import type { EnvStore } from '../model/store';
import { isEmptyFilter, parseFilter } from './filter';
import type { Order } from './order';
import { useOrder } from './order';
import { visibleRows } from './rows';
import { Summary } from './summary';
import { EnvironmentTree } from './tree';

/** The namespaces with their environments, and what narrows them down. */
export function EnvironmentsBody(props: {
  store: EnvironmentsBody.Store;
  sidebar: Pick<SidebarModel, 'changed' | 'containing' | 'lookAgain'>;
  collapsed: Promise<ReadonlySet<string>>;
  onCollapsed: (collapsed: ReadonlySet<string>) => void;
  settings: ISettingRegistry.ISettings | null;
}): JSX.Element {
  const trans = useTrans();
  const { store, sidebar, onCollapsed, settings } = props;
  const { environments, permission } = store;
  const { error, groups, status } = environments;
  useSignal(environments.changed);
  useSignal(sidebar.changed);
  useSignal(store.infoChanged);
  const [order, setOrder] = useOrder(settings);
  const [text, setText] = React.useState('');
  const box = React.useRef<HTMLInputElement>(null);
  const body = React.useRef<HTMLDivElement>(null);
  const hadFocus = body.current?.contains(document.activeElement);
  const [collapsed, setCollapsed] = React.useState<ReadonlySet<string>>(
    () => new Set()
  );
  React.useEffect(() => {
    void props.collapsed.then(setCollapsed);
  }, [props.collapsed]);

  // The button that tries again is gone when that went well.
  React.useLayoutEffect(() => {
    if (hadFocus && !body.current?.contains(document.activeElement)) {
      body.current?.querySelector<HTMLElement>('input, button')?.focus();
    }
  });

  const filter = React.useMemo(() => parseFilter(text), [text]);
  const { packages } = filter;
  const found = sidebar.containing(packages);
  const containing = found instanceof EnvStoreError ? null : found;
  const rows = React.useMemo(
    () => visibleRows(groups, { filter, containing, collapsed, order }),
    // What rows offer depends on these too.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [groups, filter, containing, collapsed, order, permission, error]
  );

  if (status === 'loading') {
    return <Skeleton />;
  }
  const toggle = (namespace: string): void => {
    if (!isEmptyFilter(filter)) {
      // All are open then, and stay as they were for later.
      return;
    }
    const next = new Set(collapsed);
    if (!next.delete(namespace)) {
      next.add(namespace);
    }
    setCollapsed(next);
    onCollapsed(next);
  };
  const denial = (namespace: string): string | null =>
    store.allows('environment:create', namespace)
      ? null
      : (environments.readOnlyReason(namespace) ??
        trans.__('Your role in namespace %1 does not allow this.', namespace));

  const isEmpty = groups.every(group => group.environments.length === 0);
  const isOffline =
    error?.kind === 'unreachable' && environments.updatedOn !== null;
  return (
    <div
      ref={body}
      className="jp-EnvStore-body"
      onKeyDown={event => {
        if (event.key === '/' && event.target !== box.current) {
          event.preventDefault();
          box.current?.focus();
        }
      }}
    >
      {isOffline ? (
        <p className="jp-EnvStore-doubt" role="status">
          {trans.__(
            'The server does not answer. Last updated %1, reconnecting.',
            environments.updatedOn && formatTime(environments.updatedOn)
          )}
        </p>
      ) : (
        error && <ErrorCard error={error} onRetry={() => void store.resume()} />
      )}
      {permission && store.writableNamespaces.length === 0 && (
        <p className="jp-EnvStore-note">
          <lockIcon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
          {trans.__('Your role does not allow builds in any namespace.')}
        </p>
      )}
      {!error && isEmpty && (
        <div className="jp-EnvStore-empty">
          <p>{trans.__('There are no environments yet.')}</p>
          <CommandButton
            command={CommandIDs.create}
            args={{}}
            emphasis="accept"
          />
          <CommandButton command={CommandIDs.importFile} args={{}} />
        </div>
      )}
      {!isEmpty && (
        <>
          <input
            ref={box}
            type="search"
            className="jp-EnvStore-filter"
            placeholder={trans.__('Filter: name, state:failed, pkg:numpy')}
            aria-label={trans.__('Filter environments')}
            aria-keyshortcuts="/"
            spellCheck={false}
            value={text}
            onChange={({ target }) => setText(target.value)}
            onKeyDown={event => {
              if (event.key === 'ArrowDown') {
                event.preventDefault();
                event.currentTarget.parentElement
                  ?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')
                  ?.focus();
              }
            }}
          />
          <div className="jp-EnvStore-bar">
            <Summary
              environments={environments}
              filter={text}
              onFilter={setText}
            />
            <select
              className="jp-EnvStore-choice"
              aria-label={trans.__('Order')}
              value={order}
              onChange={({ target }) => setOrder(target.value as Order)}
            >
              <option value="name">{trans.__('by name')}</option>
              <option value="newest">{trans.__('newest first')}</option>
              <option value="size">{trans.__('largest first')}</option>
            </select>
          </div>
          {found instanceof EnvStoreError ? (
            <ErrorCard error={found} onRetry={() => sidebar.lookAgain()} />
          ) : rows.length > 0 ? (
            <EnvironmentTree rows={rows} denial={denial} onToggle={toggle} />
          ) : (
            <p className="jp-EnvStore-empty" role="status">
              {packages.length > 0 && found === null
                ? trans.__('Looking for %1', packages.join(', '))
                : trans.__('No environment matches "%1".', text)}
            </p>
          )}
        </>
      )}
    </div>
  );
}

export namespace EnvironmentsBody {
  export type Store = Pick<
    EnvStore,
    | 'allows'
    | 'environments'
    | 'infoChanged'
    | 'permission'
    | 'resume'
    | 'writableNamespaces'
  >;
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
