import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { useUserInterface } from '../components/context';
import { EnvironmentCells } from './environmentRow';
import type { INamespaceRow, Row } from './rows';
import { rowStartingWith } from './rows';

/**
 * The namespaces and their environments as a tree.
 *
 * One row is in the tab order. Up, Down, Home, End and letters move between
 * rows, Right and Left open and close a namespace and go through the buttons of
 * an environment, Enter opens, Delete deletes.
 */
export function EnvironmentTree(props: {
  rows: readonly Row[];
  onToggle: (namespace: string) => void;
}): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { rows, onToggle } = props;
  const grid = React.useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = React.useState<string | null>(null);
  const active = Math.max(
    0,
    rows.findIndex(row => row.key === activeKey)
  );

  const focusRow = (index: number): void => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (row) {
      setActiveKey(row.key);
      rowNode(grid.current, row.key)?.focus();
    }
  };

  const activate = (row: Row): void => {
    if (row.kind === 'namespace') {
      onToggle(row.namespace);
    } else {
      void commands.execute(CommandIDs.open, targetOf(row));
    }
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const row = rows[active];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const isOnRow = event.target === rowNode(grid.current, row.key);
    switch (event.key) {
      case 'ArrowDown':
        focusRow(active + 1);
        break;
      case 'ArrowUp':
        focusRow(active - 1);
        break;
      case 'Home':
        focusRow(0);
        break;
      case 'End':
        focusRow(rows.length - 1);
        break;
      case 'ArrowRight':
        if (row.kind === 'environment') {
          moveToButton(grid.current, row.key, 1);
        } else if (row.isExpanded) {
          focusRow(active + 1);
        } else {
          onToggle(row.namespace);
        }
        break;
      case 'ArrowLeft':
        if (row.kind === 'environment') {
          if (!moveToButton(grid.current, row.key, -1)) {
            focusRow(parentOf(rows, active));
          }
        } else if (row.isExpanded) {
          onToggle(row.namespace);
        }
        break;
      case 'Enter':
        if (!isOnRow) {
          return;
        }
        activate(row);
        break;
      case 'Delete':
        if (row.kind === 'environment') {
          void commands.execute(CommandIDs.deleteEnvironment, targetOf(row));
        }
        break;
      default:
        if (!isOnRow || event.key.length !== 1 || event.key === ' ') {
          return;
        }
        focusRow(rowStartingWith(rows, active, event.key));
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={grid}
      role="tree"
      className="jp-EnvStore-tree"
      aria-label={trans.__('Environments')}
      onKeyDown={onKeyDown}
    >
      {rows.map((row, index) => (
        <div
          key={row.key}
          role="treeitem"
          className={`jp-EnvStore-row jp-EnvStore-${row.kind}`}
          data-key={row.key}
          data-namespace={
            row.kind === 'namespace'
              ? row.namespace
              : row.environment.namespace.name
          }
          data-name={
            row.kind === 'environment' ? row.environment.name : undefined
          }
          aria-level={row.kind === 'namespace' ? 1 : 2}
          aria-expanded={row.kind === 'namespace' ? row.isExpanded : undefined}
          aria-setsize={row.siblings}
          aria-posinset={row.position}
          tabIndex={index === active ? 0 : -1}
          onFocus={() => setActiveKey(row.key)}
          onClick={() => activate(row)}
        >
          {row.kind === 'namespace' ? (
            <NamespaceCell row={row} />
          ) : (
            <EnvironmentCells environment={row.environment} />
          )}
        </div>
      ))}
    </div>
  );
}

function NamespaceCell(props: { row: INamespaceRow }): JSX.Element {
  const { namespace, count, isExpanded } = props.row;
  const Caret = isExpanded ? caretDownIcon : caretRightIcon;
  return (
    <span className="jp-EnvStore-namespaceCell">
      <Caret.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      {namespace} <span className="jp-EnvStore-count">({count})</span>
    </span>
  );
}

function targetOf(row: Row): { namespace: string; name: string } {
  return row.kind === 'environment'
    ? { namespace: row.environment.namespace.name, name: row.environment.name }
    : { namespace: row.namespace, name: '' };
}

function parentOf(rows: readonly Row[], index: number): number {
  let parent = index;
  while (parent > 0 && rows[parent]?.kind !== 'namespace') {
    parent -= 1;
  }
  return parent;
}

function rowNode(grid: HTMLElement | null, key: string): HTMLElement | null {
  return (
    grid?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null
  );
}

/** Whether the focus moved within the row; -1 from the first button reaches it. */
function moveToButton(
  grid: HTMLElement | null,
  key: string,
  step: 1 | -1
): boolean {
  const row = rowNode(grid, key);
  const stops = [
    row,
    ...(row?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? [])
  ];
  const index = stops.findIndex(node => node === document.activeElement);
  const next = stops[index + step];
  next?.focus();
  return Boolean(next) && index + step >= 0;
}
