import {
  caretDownIcon,
  caretRightIcon,
  lockIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { EnvironmentCells, spokenName } from './environmentRow';
import type { INamespaceRow, Row } from './rows';

/** Whether nobody can point at a row before choosing something in it. */
const touch = globalThis.matchMedia?.('(hover: none)');

/**
 * A row of the tree. It is drawn again only when what it shows has changed.
 *
 * Its actions are there where they can be seen, or reached by keys: they would take
 * half of the time in which rows are drawn while somebody scrolls.
 */
export const TreeRow = React.memo(function TreeRow(props: {
  row: Row;
  /** Pixels from the top of the first row. */
  top: number;
  /** Whether it is the row in the tab order. */
  isActive: boolean;
  /** Why nothing in the namespace can be changed. */
  denial: string | null;
}): JSX.Element {
  const trans = useTrans();
  const { row, top, isActive, denial } = props;
  const [isPointed, setPointed] = React.useState(false);
  const isNamespace = row.kind === 'namespace';
  const hasActions = isActive || isPointed || touch?.matches === true;
  return (
    <div
      role="treeitem"
      className={`jp-EnvStore-row jp-EnvStore-${row.kind}`}
      style={{ top }}
      data-key={row.key}
      data-namespace={
        isNamespace ? row.namespace : row.environment.namespace.name
      }
      data-name={isNamespace ? undefined : row.environment.name}
      title={isNamespace ? (denial ?? row.namespace) : row.environment.name}
      // Its buttons are no part of its name.
      aria-label={
        isNamespace
          ? `${row.namespace} (${row.count})${denial === null ? '' : `, ${trans.__('read only')}`}`
          : spokenName(row.environment, trans)
      }
      aria-level={isNamespace ? 1 : 2}
      aria-expanded={isNamespace ? row.isExpanded : undefined}
      aria-setsize={row.siblings}
      aria-posinset={row.position}
      aria-description={denial ?? undefined}
      tabIndex={isActive ? 0 : -1}
      onMouseEnter={() => setPointed(true)}
      onMouseLeave={() => setPointed(false)}
    >
      {isNamespace ? (
        <>
          <NamespaceCell row={row} isLocked={denial !== null} />
          {hasActions && denial === null && (
            <span className="jp-EnvStore-rowActions">
              <CommandButton
                command={CommandIDs.create}
                args={{ namespace: row.namespace }}
                compact
                isTabStop={false}
              />
            </span>
          )}
        </>
      ) : (
        <EnvironmentCells
          environment={row.environment}
          hasActions={hasActions}
        />
      )}
    </div>
  );
});

function NamespaceCell(props: {
  row: INamespaceRow;
  isLocked: boolean;
}): JSX.Element {
  const { namespace, count, isExpanded } = props.row;
  const Caret = isExpanded ? caretDownIcon : caretRightIcon;
  return (
    <span className="jp-EnvStore-namespaceCell">
      <Caret.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      <span className="jp-EnvStore-rowName">{namespace}</span>{' '}
      <span className="jp-EnvStore-count">({count})</span>
      {props.isLocked && (
        <lockIcon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      )}
    </span>
  );
}
