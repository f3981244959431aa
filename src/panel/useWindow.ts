import * as React from 'react';
import type { Row } from './rows';

/** Pixels above and below what is seen in which rows are there already. */
const MARGIN = 320;

/** Pixels by which is scrolled until the rows are looked at again. */
const STEP = 160;

/** Which of many rows are there, and where each is. */
export interface IWindow {
  first: number;
  /** The index after the last row. */
  end: number;
  top: (index: number) => number;
  height: number;
}

/**
 * Keeps only the rows near what is seen in the document.
 *
 * Rows of one kind are equally high, as the style has it: they are measured, as
 * users may choose another size of letters.
 */
export function useWindow(
  scroller: React.RefObject<HTMLElement>,
  rows: readonly Row[]
): IWindow {
  const [heights, setHeights] = React.useState({
    namespace: 28,
    environment: 44
  });
  const [view, setView] = React.useState({ top: 0, height: 600 });

  React.useLayoutEffect(() => {
    const node = scroller.current;
    if (!node) {
      return;
    }
    const look = (): void => {
      const top = Math.floor(node.scrollTop / STEP) * STEP;
      const height = node.clientHeight || 600;
      setView(old =>
        old.top === top && old.height === height ? old : { top, height }
      );
    };
    const measure = (): void => {
      const heightOf = (kind: Row['kind']): number =>
        node.querySelector<HTMLElement>(`.jp-EnvStore-${kind}`)?.offsetHeight ??
        0;
      setHeights(old => {
        const namespace = heightOf('namespace') || old.namespace;
        const environment = heightOf('environment') || old.environment;
        return old.namespace === namespace && old.environment === environment
          ? old
          : { namespace, environment };
      });
      look();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, [scroller]);

  const tops = React.useMemo(() => {
    let top = 0;
    return [0, ...rows.map(({ kind }) => (top += heights[kind]))];
  }, [rows, heights]);
  const after = (limit: number): number => {
    // The first row that begins at or below a place.
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] ?? 0) < limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  return {
    first: Math.max(0, after(view.top - MARGIN) - 1),
    end: after(view.top + STEP + view.height + MARGIN),
    top: index => tops[index] ?? 0,
    height: tops[rows.length] ?? 0
  };
}
