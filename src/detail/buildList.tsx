import * as React from 'react';
import type { IBuild } from '../api/types';
import { isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import {
  buildSeconds,
  formatBytes,
  formatDuration,
  formatMoment
} from '../components/format';
import { StateBadge } from '../components/stateBadge';
import { useNow, useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';

/** The builds of an environment, the youngest first. */
export function BuildList(props: { model: EnvironmentModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const now = useNow(model.builds.some(isActive));
  if (model.builds.length === 0) {
    return <p>{trans.__('It has no builds.')}</p>;
  }
  return (
    <>
      <table className="jp-EnvStoreDetail-builds">
        <thead>
          <tr>
            <th scope="col">{trans.__('Build')}</th>
            <th scope="col">{trans.__('State')}</th>
            <th scope="col">{trans.__('Asked for')}</th>
            <th scope="col">{trans.__('Duration')}</th>
            <th scope="col">{trans.__('Size')}</th>
            <th scope="col">{trans.__('Actions')}</th>
          </tr>
        </thead>
        <tbody>
          {model.builds.map(build => (
            <BuildRow
              key={build.id}
              build={build}
              now={now}
              isShown={model.selected?.id === build.id}
              onShow={() => model.select(build.id)}
            />
          ))}
        </tbody>
      </table>
      {model.hasMore && (
        <button
          type="button"
          className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
          onClick={() => void model.loadMore()}
        >
          {trans.__('Show more builds')}
        </button>
      )}
    </>
  );
}

function BuildRow(props: {
  build: IBuild;
  now: number;
  isShown: boolean;
  onShow: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { build, now, isShown, onShow } = props;
  const seconds = buildSeconds(build, now);
  const target = {
    namespace: build.namespace,
    name: build.name,
    buildId: build.id
  };
  return (
    <tr aria-current={isShown ? 'true' : undefined}>
      <th scope="row">
        <button
          type="button"
          className="jp-EnvStore-link"
          aria-pressed={isShown}
          aria-label={trans.__('Show build %1', build.id)}
          onClick={onShow}
        >
          {build.id}
        </button>
      </th>
      <td>
        <StateBadge build={build} />
        {build.published && (
          <strong className="jp-EnvStoreDetail-current">
            {trans.__('current')}
          </strong>
        )}
        {build.kernel_pinned && (
          <strong className="jp-EnvStoreDetail-current">
            {trans.__('kernel pinned')}
          </strong>
        )}
        {build.pinned && (
          <strong className="jp-EnvStoreDetail-current">
            {trans.__('pinned')}
          </strong>
        )}
      </td>
      <td>{formatMoment(build.scheduled_on)}</td>
      <td>{seconds === null ? '–' : formatDuration(seconds)}</td>
      <td>{build.size > 0 ? formatBytes(build.size) : '–'}</td>
      <td className="jp-EnvStoreDetail-buildActions">
        {isActive(build) ? (
          // The command knows only of the newest build that its cancel was asked for.
          !build.cancel_requested && (
            <CommandButton command={CommandIDs.cancel} args={target} />
          )
        ) : (
          <>
            {build.status === 'COMPLETED' && !build.published && (
              <CommandButton command={CommandIDs.makeCurrent} args={target} />
            )}
            {build.status === 'COMPLETED' && (
              <CommandButton
                command={build.pinned ? CommandIDs.unpin : CommandIDs.pin}
                args={target}
              />
            )}
            {build.status === 'COMPLETED' && (
              <CommandButton
                command={
                  build.kernel_pinned
                    ? CommandIDs.unpinKernel
                    : CommandIDs.pinKernel
                }
                args={target}
              />
            )}
            {!build.published && (
              <CommandButton
                command={CommandIDs.deleteBuild}
                args={{ ...target, isPinned: build.pinned }}
              />
            )}
          </>
        )}
      </td>
    </tr>
  );
}
