import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { hasFiles, isActive } from '../api/types';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import { Action } from '../components/action';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import {
  buildSeconds,
  formatBytes,
  formatDuration,
  formatMoment,
  shownId
} from '../components/format';
import { StateBadge } from '../components/stateBadge';
import type { EnvironmentModel } from '../model/environment';
import { BuildNote, NoteEditor } from './buildNote';
import { ChangeSummary } from './changeSummary';

/** One build in the line of time: how it is, what it changed, and what can be done with it. */
export function BuildItem(props: {
  model: EnvironmentModel;
  build: IBuild;
  /** The build to compare it with; none before the first. */
  before: number | undefined;
  now: number;
}): JSX.Element {
  const trans = useTrans();
  const { model, build, before, now } = props;
  const isNoting = model.noting.has(build.id);
  const actions = React.useRef<HTMLDivElement>(null);
  const wasNoting = React.useRef(false);
  React.useEffect(() => {
    if (
      wasNoting.current &&
      !isNoting &&
      document.activeElement === document.body
    ) {
      // To the button that it began with, which is there again.
      (actions.current?.lastElementChild as HTMLElement | null)?.focus();
    }
    wasNoting.current = isNoting;
  }, [isNoting]);
  const isShown = model.selected?.id === build.id;
  const isReady = build.status === 'COMPLETED';
  const seconds = buildSeconds(build, now);
  const facts = [
    formatMoment(build.scheduled_on),
    build.author !== null && trans.__('by %1', build.author),
    seconds !== null && formatDuration(seconds),
    build.size > 0 && formatBytes(build.size)
  ];
  const marks = [
    build.published && trans.__('current'),
    build.kernel_pinned && trans.__('kernel pinned'),
    build.pinned && trans.__('pinned')
  ];
  return (
    <li
      className="jp-EnvStoreBuilds-item"
      tabIndex={-1}
      aria-label={trans.__('Build %1', shownId(build.id))}
      aria-current={isShown ? 'true' : undefined}
    >
      <div className="jp-EnvStoreBuilds-head">
        <button
          type="button"
          className="jp-EnvStore-link"
          aria-pressed={isShown}
          aria-label={trans.__('Show build %1', shownId(build.id))}
          onClick={() => model.select(build.id)}
        >
          {shownId(build.id)}
        </button>
        <StateBadge build={build} />
        {marks.map(mark => mark && <strong key={mark}>{mark}</strong>)}
        {facts.map(fact => fact && <span key={fact}>{fact}</span>)}
      </div>
      {build.status === 'FAILED' && (
        <p className="jp-EnvStoreBuilds-cause">
          {build.failure?.message ?? build.status_info}
        </p>
      )}
      {isReady && before !== undefined && (
        <ChangeSummary model={model} before={before} build={build} />
      )}
      <BuildNote build={build} />
      {isNoting ? (
        <NoteEditor
          model={model}
          build={build}
          onDone={() => model.endNote(build.id)}
        />
      ) : (
        <div ref={actions} className="jp-EnvStoreDetail-actions">
          {before !== undefined && (
            <CommandButton
              command={CommandIDs.compare}
              args={{ ...argsOf(build), otherId: before }}
            />
          )}
          <Action
            label={trans.__('Log')}
            onClick={() => {
              model.select(build.id);
              model.openTab('log');
            }}
          />
          <Commands build={build} />
          <CommandButton command={CommandIDs.annotate} args={argsOf(build)} />
        </div>
      )}
    </li>
  );
}

function Commands(props: { build: IBuild }): JSX.Element {
  const { build } = props;
  const args = argsOf(build);
  if (isActive(build)) {
    // The command knows only of the newest build that its cancel was asked for.
    return (
      <>
        {!build.cancel_requested && (
          <CommandButton command={CommandIDs.cancel} args={args} />
        )}
      </>
    );
  }
  return (
    <>
      {build.status === 'FAILED' && (
        <CommandButton
          command={CommandIDs.edit}
          args={{ ...args, retry: true }}
        />
      )}
      {build.shelved_on !== null && (
        <CommandButton command={CommandIDs.restore} args={args} />
      )}
      {hasFiles(build) && (
        <>
          {!build.published && (
            <CommandButton command={CommandIDs.makeCurrent} args={args} />
          )}
          <CommandButton
            command={build.pinned ? CommandIDs.unpin : CommandIDs.pin}
            args={args}
          />
          <CommandButton
            command={
              build.kernel_pinned
                ? CommandIDs.unpinKernel
                : CommandIDs.pinKernel
            }
            args={args}
          />
          <CommandButton command={CommandIDs.verify} args={args} />
          {!build.published && (
            <CommandButton
              command={CommandIDs.shelve}
              args={{
                ...args,
                isPinned: build.pinned || build.kernel_pinned
              }}
            />
          )}
        </>
      )}
      {!build.published && (
        <CommandButton
          command={CommandIDs.deleteBuild}
          args={{ ...args, isPinned: build.pinned }}
        />
      )}
    </>
  );
}

/** What commands know a build by. */
function argsOf(build: IBuild): ITarget & ReadonlyPartialJSONObject {
  const { namespace, name, id: buildId } = build;
  return { namespace, name, buildId };
}
