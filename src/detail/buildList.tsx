import * as React from 'react';
import type { IBuild } from '../api/types';
import { isActive } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { Skeleton } from '../components/skeleton';
import { useNow, useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';
import { BuildItem } from './buildItem';

/** The builds of an environment as a line of time, the youngest first. */
export function BuildList(props: {
  model: EnvironmentModel;
}): JSX.Element | null {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const { builds } = model;
  const now = useNow(builds.some(isActive));
  const list = React.useRef<HTMLOListElement>(null);
  const focused = React.useRef<number | null>(null);

  // A button that goes by its own effect leaves the focus to its build, or the next one.
  React.useEffect(() => {
    const { current: id } = focused;
    if (id !== null && document.activeElement === document.body) {
      const index = builds.findIndex(build => build.id <= id);
      const { children, lastElementChild } = list.current ?? {};
      ((children?.[index] ?? lastElementChild) as HTMLElement | null)?.focus();
    }
  });
  if (builds.length === 0) {
    if (model.isLoading) {
      return <Skeleton lines={4} />;
    }
    return model.error ? null : <p>{trans.__('It was not built yet.')}</p>;
  }
  return (
    <>
      <ol
        ref={list}
        className="jp-EnvStoreBuilds"
        aria-label={trans.__('Builds')}
        onFocus={({ currentTarget, target }) => {
          const items = [...currentTarget.children];
          const index = items.findIndex(item => item.contains(target));
          focused.current = builds[index]?.id ?? null;
        }}
        // React tells nothing of a node that it takes away.
        onBlur={() => (focused.current = null)}
      >
        {builds.map((build, index) => (
          <BuildItem
            key={build.id}
            model={model}
            build={build}
            before={ready(builds.slice(index + 1)) ?? builds[index + 1]?.id}
            now={now}
          />
        ))}
      </ol>
      {model.hasMore && (
        <Action
          label={trans.__('Show more builds')}
          onClick={() => void model.loadMore()}
        />
      )}
    </>
  );
}

/** The youngest of some builds that has packages. */
function ready(builds: readonly IBuild[]): number | undefined {
  return builds.find(({ status }) => status === 'COMPLETED')?.id;
}
