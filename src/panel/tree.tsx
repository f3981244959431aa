import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';
import { flushSync } from 'react-dom';
import { CommandIDs } from '../commandIds';
import { useUserInterface } from '../components/context';
import type { Row } from './rows';
import { rowStartingWith } from './rows';
import { TreeRow } from './treeRow';
import { useWindow } from './useWindow';

/** Milliseconds after which a letter begins another name. */
const TYPING = 700;

/** What keys do with an environment, beside moving. */
const KEYS: { [key: string]: string } = {
  Delete: CommandIDs.deleteEnvironment,
  F2: CommandIDs.describe
};

/**
 * The namespaces and their environments as a tree.
 *
 * One row is in the tab order. Up, Down, Home, End, Page Up, Page Down and letters
 * move between rows, Right and Left open and close a namespace and go through the
 * buttons of an environment, Enter opens, F2 describes, Delete deletes, Shift+F10
 * and the menu key open the menu.
 */
export function EnvironmentTree(props: {
  rows: readonly Row[];
  /** Why nothing in a namespace can be changed; null if it can. */
  denial: (namespace: string) => string | null;
  onToggle: (namespace: string) => void;
}): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { rows, denial, onToggle } = props;
  const tree = React.useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = React.useState<string | null>(null);
  const typed = React.useRef({ text: '', at: 0 });
  const window = useWindow(tree, rows);
  const place = React.useRef(0);
  const found = React.useMemo(
    () => rows.findIndex(row => row.key === activeKey),
    [rows, activeKey]
  );
  const hadFocus = tree.current?.contains(document.activeElement) === true;
  const active =
    found >= 0
      ? found
      : hadFocus
        ? Math.min(place.current, rows.length - 1)
        : 0;

  // Where the row with the focus is gone, the one that took its place has it.
  React.useLayoutEffect(() => {
    place.current = active;
    if (hadFocus && !tree.current?.contains(document.activeElement)) {
      nodeOf(tree.current, rows[active]?.key ?? null)?.focus();
    }
  });

  const focusRow = (index: number): void => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (row) {
      // It may have been outside of the window until now.
      flushSync(() => setActiveKey(row.key));
      const node = nodeOf(tree.current, row.key);
      node?.focus({ preventScroll: true });
      node?.scrollIntoView?.({ block: 'nearest' });
    }
  };

  const run = (command: string, row: Row): void => {
    const target = targetOf(row);
    if (commands.isEnabled(command, target)) {
      void commands.execute(command, target);
    } else {
      // A key has no tooltip that could say why not.
      Notification.warning(commands.caption(command, target), {
        autoClose: 5000
      });
    }
  };

  const activate = (row: Row): void => {
    if (row.kind === 'namespace') {
      onToggle(row.namespace);
    } else {
      run(CommandIDs.open, row);
    }
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const row = rows[active];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const node = nodeOf(tree.current, row.key);
    const isOnRow = event.target === node;
    const page = Math.max(1, (window.end - window.first) >> 1);
    const isEnvironment = row.kind === 'environment';
    const key =
      event.key === 'F10' && event.shiftKey ? 'ContextMenu' : event.key;
    const moves: { [key: string]: () => void } = {
      ArrowDown: () => focusRow(active + 1),
      ArrowUp: () => focusRow(active - 1),
      PageDown: () => focusRow(active + page),
      PageUp: () => focusRow(active - page),
      Home: () => focusRow(0),
      End: () => focusRow(rows.length - 1),
      ContextMenu: () => openMenu(node),
      ArrowRight: () => {
        if (isEnvironment) {
          moveToButton(node, 1);
        } else if (row.isExpanded) {
          focusRow(active + 1);
        } else {
          onToggle(row.namespace);
        }
      },
      ArrowLeft: () => {
        if (isEnvironment) {
          if (!moveToButton(node, -1)) {
            focusRow(parentOf(rows, active));
          }
        } else if (row.isExpanded) {
          onToggle(row.namespace);
        }
      }
    };
    const command = KEYS[key];
    if (moves[key]) {
      moves[key]();
    } else if (command && isEnvironment) {
      run(command, row);
    } else if (key === 'Enter' && isOnRow) {
      activate(row);
    } else if (isOnRow && key.length === 1 && key !== ' ' && key !== '/') {
      const { text, at } = typed.current;
      const isMore = event.timeStamp - at < TYPING && text !== key;
      typed.current = { text: isMore ? text + key : key, at: event.timeStamp };
      focusRow(rowStartingWith(rows, active, typed.current.text));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  // The row with the focus stays, wherever one scrolls.
  const shown = rows.slice(window.first, window.end);
  const activeRow = rows[active];
  const indexes = shown.map((_, place) => window.first + place);
  if (activeRow && (active < window.first || active >= window.end)) {
    indexes.push(active);
    indexes.sort((a, b) => a - b);
  }

  return (
    <div
      ref={tree}
      role="tree"
      className="jp-EnvStore-tree"
      aria-label={trans.__('Environments')}
      onKeyDown={onKeyDown}
      onFocus={({ target }) => {
        const key = keyOf(target);
        if (key !== null) {
          setActiveKey(key);
        }
      }}
      onClick={({ target }) => {
        const row = rows.find(({ key }) => key === keyOf(target as Element));
        if (row) {
          activate(row);
        }
      }}
    >
      <div
        role="none"
        className="jp-EnvStore-rows"
        style={{ height: window.height }}
      >
        {indexes.map(index => {
          const row = rows[index];
          return (
            row && (
              <TreeRow
                key={row.key}
                row={row}
                top={window.top(index)}
                isActive={index === active}
                denial={row.kind === 'namespace' ? denial(row.namespace) : null}
              />
            )
          );
        })}
      </div>
    </div>
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

function nodeOf(
  tree: HTMLElement | null,
  key: string | null
): HTMLElement | null {
  return key === null
    ? null
    : (tree?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ??
        null);
}

function keyOf(node: Element): string | null {
  return node.closest<HTMLElement>('[data-key]')?.dataset.key ?? null;
}

/** JupyterLab leaves the browser's own menu event alone while Shift is down. */
export function openMenu(node: HTMLElement | null): void {
  const place = node?.getBoundingClientRect();
  node?.dispatchEvent(
    new MouseEvent('contextmenu', {
      bubbles: true,
      cancelable: true,
      clientX: (place?.left ?? 0) + 24,
      clientY: place?.bottom ?? 0
    })
  );
}

/** Whether the focus moved within the row; -1 from the first button reaches it. */
function moveToButton(row: HTMLElement | null, step: 1 | -1): boolean {
  const stops = [row, ...(row?.querySelectorAll<HTMLElement>('button') ?? [])];
  const index = stops.findIndex(node => node === document.activeElement);
  const next = stops[index + step];
  next?.focus();
  return Boolean(next) && index + step >= 0;
}
