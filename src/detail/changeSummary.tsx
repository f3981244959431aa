import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from '../components/context';
import { shownId } from '../components/format';
import type { EnvironmentModel } from '../model/environment';
import { rowsOf, SIGNS } from './changeTable';
import { useReply } from './useReply';

/** Packages that are named before the rest is counted. */
const NAMED = 5;

/** What a build has that the one before had not, in a line. */
export function ChangeSummary(props: {
  model: EnvironmentModel;
  before: number;
  build: IBuild;
}): JSX.Element {
  const trans = useTrans();
  const { model, before, build } = props;
  const node = React.useRef<HTMLParagraphElement>(null);
  const isSeen = useSeen(node);
  const { value } = useReply(isSeen ? `${before} ${build.id}` : null, () =>
    model.comparisons.of(before, build.id)
  );
  const rows = React.useMemo(
    () =>
      value?.packages
        ? rowsOf({ difference: value.packages, packages: null }).sort(
            (a, b) => Number(b.isRequested) - Number(a.isRequested)
          )
        : null,
    [value]
  );
  const more = (rows?.length ?? 0) - NAMED;
  return (
    <p ref={node} className="jp-EnvStoreBuilds-changes">
      {rows?.slice(0, NAMED).map(row => (
        <span key={row.name}>
          {SIGNS[row.change]} {row.name}{' '}
          {[row.before, row.after].filter(Boolean).join(' → ')}
        </span>
      ))}
      {more > 0 && <span>{trans._n('and %1 more', 'and %1 more', more)}</span>}
      {rows?.length === 0 &&
        trans.__('The same packages as build %1', shownId(before))}
    </p>
  );
}

/** Whether something has come into sight; what has stays so. */
function useSeen(node: React.RefObject<Element>): boolean {
  const [isSeen, setSeen] = React.useState(false);
  React.useEffect(() => {
    if (isSeen || node.current === null) {
      return;
    }
    const observer = new IntersectionObserver(entries => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        setSeen(true);
      }
    });
    observer.observe(node.current);
    return () => observer.disconnect();
  }, [isSeen, node]);
  return isSeen;
}
