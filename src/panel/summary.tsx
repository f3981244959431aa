import * as React from 'react';
import type { BuildStatus } from '../api/types';
import { useTrans } from '../components/context';
import type { EnvironmentList } from '../model/environments';
import { STATE_WORDS } from './filter';

/** How many environments are in the states that people care about: each is a filter. */
export function Summary(props: {
  environments: EnvironmentList;
  filter: string;
  onFilter: (filter: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const counts: { [status in BuildStatus]?: number } = {};
  for (const { latest_build } of props.environments.environments) {
    counts[latest_build.status] = (counts[latest_build.status] ?? 0) + 1;
  }
  const { BUILDING: building, QUEUED: queued, FAILED: failed } = counts;
  const shown: [BuildStatus, string | false | undefined | 0][] = [
    ['BUILDING', building && trans.__('%1 building', building)],
    ['QUEUED', queued && trans.__('%1 queued', queued)],
    ['FAILED', failed && trans.__('%1 failed', failed)]
  ];
  return (
    <div className="jp-EnvStore-summary" role="status">
      {shown.map(([status, text]) => {
        const filter = `state:${STATE_WORDS[status]}`;
        const isOn = props.filter === filter;
        return (
          text && (
            <button
              key={status}
              type="button"
              className="jp-EnvStore-link"
              aria-pressed={isOn}
              onClick={() => props.onFilter(isOn ? '' : filter)}
            >
              {text}
            </button>
          )
        );
      })}
    </div>
  );
}
