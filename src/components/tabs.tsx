import * as React from 'react';

export interface ITab<T extends string> {
  id: T;
  label: string;
  /** What needs attention there, in words: a dot beside the label stands for them. */
  mark?: string;
}

/**
 * Tabs and the panel of the one in front, by the ARIA pattern.
 *
 * Left and Right go round, Home and End to the first and the last one; whichever
 * has the focus is in front. A panel is made when its tab is first in front, and
 * kept from then on, with what was written and where it was scrolled to.
 */
export function Tabs<T extends string>(props: {
  /** Begins the ids of nodes: no other tabs of the page have it. */
  id: string;
  label: string;
  tabs: readonly ITab<T>[];
  current: T;
  onChange: (tab: T) => void;
  children: (tab: T) => React.ReactNode;
}): JSX.Element {
  const { id, label, tabs, current, onChange, children } = props;
  const list = React.useRef<HTMLDivElement>(null);
  const seen = React.useRef(new Set<T>());
  seen.current.add(current);
  const before = React.useRef(current);
  React.useEffect(() => {
    const { activeElement } = document;
    const gone = document.getElementById(`${id}-panel-${before.current}`);
    if (
      before.current !== current &&
      // It is lost, or about to be.
      (activeElement?.contains(list.current) || gone?.contains(activeElement))
    ) {
      tabOf(list.current, current)?.focus();
    }
    before.current = current;
  }, [id, current]);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const from = tabs.findIndex(tab => tab.id === current);
    const to = {
      ArrowLeft: (from + tabs.length - 1) % tabs.length,
      ArrowRight: (from + 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1
    }[event.key];
    const next = to === undefined ? undefined : tabs[to];
    if (next) {
      event.preventDefault();
      event.stopPropagation();
      onChange(next.id);
      tabOf(list.current, next.id)?.focus();
    }
  };

  return (
    <>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        className="jp-EnvStore-tabs"
        onKeyDown={onKeyDown}
      >
        {tabs.map(tab => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-tab-${tab.id}`}
            className="jp-EnvStore-tab"
            data-tab={tab.id}
            aria-selected={tab.id === current}
            aria-controls={
              seen.current.has(tab.id) ? `${id}-panel-${tab.id}` : undefined
            }
            tabIndex={tab.id === current ? 0 : -1}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}{' '}
            {tab.mark && (
              <span
                className="jp-EnvStore-tabMark"
                role="img"
                aria-label={tab.mark}
                title={tab.mark}
              >
                ●
              </span>
            )}
          </button>
        ))}
      </div>
      {tabs
        .filter(tab => seen.current.has(tab.id))
        .map(tab => (
          <div
            key={tab.id}
            role="tabpanel"
            id={`${id}-panel-${tab.id}`}
            className="jp-EnvStore-tabPanel"
            aria-labelledby={`${id}-tab-${tab.id}`}
            tabIndex={0}
            hidden={tab.id !== current}
          >
            {children(tab.id)}
          </div>
        ))}
    </>
  );
}

function tabOf(list: Element | null, tab: string): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-tab="${tab}"]`) ?? null;
}
