import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IEnvironment } from '../api/types';
import { hasFiles, isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import {
  activity,
  formatAgo,
  formatBytes,
  fractionDone,
  shownId
} from '../components/format';
import { StateBadge } from '../components/stateBadge';

/** What a row says of an environment, and what can be done with it. */
export function EnvironmentCells(props: {
  environment: IEnvironment;
  hasActions: boolean;
}): JSX.Element {
  const trans = useTrans();
  const { environment, hasActions } = props;
  const build = environment.latest_build;
  return (
    <>
      <span className="jp-EnvStore-rowText">
        <span className="jp-EnvStore-rowName">{environment.name}</span>{' '}
        <span className="jp-EnvStore-rowState">
          <StateBadge build={build} /> <span>{facts(environment, trans)}</span>
        </span>
        {build.status === 'BUILDING' && (
          <RowProgress environment={environment} />
        )}
      </span>
      {hasActions && <RowActions environment={environment} />}
    </>
  );
}

function RowActions(props: { environment: IEnvironment }): JSX.Element {
  const { name, namespace, latest_build: build } = props.environment;
  const target = { namespace: namespace.name, name };
  return (
    <span className="jp-EnvStore-rowActions">
      {(build && isActive(build)
        ? [CommandIDs.cancel]
        : [CommandIDs.newNotebook, CommandIDs.rebuild]
      )
        .concat(CommandIDs.open, CommandIDs.deleteEnvironment)
        .map(command => (
          <CommandButton
            key={command}
            command={command}
            args={target}
            compact
            isTabStop={false}
          />
        ))}
    </span>
  );
}

/** The row in one sentence, for who does not see how its parts are set apart. */
export function spokenName(
  environment: IEnvironment,
  trans: TranslationBundle
): string {
  const { name, latest_build: build } = environment;
  return [name, activity(build, trans), facts(environment, trans)]
    .filter(Boolean)
    .join(', ');
}

/** The size of a finished build, or the older build that is still in use. */
function facts(
  { latest_build: latest, published_build: published }: IEnvironment,
  trans: TranslationBundle
): string | null {
  if (published && published.id !== latest.id) {
    return trans.__('build %1 in use', shownId(published.id));
  }
  if (hasFiles(latest)) {
    return trans.__(
      'build %1, %2',
      shownId(latest.id),
      formatBytes(latest.size)
    );
  }
  return latest.ended_on && formatAgo(latest.ended_on, Date.now());
}

function RowProgress(props: { environment: IEnvironment }): JSX.Element | null {
  const trans = useTrans();
  const build = props.environment.latest_build;
  const fraction = build && fractionDone(build);
  return (
    <progress
      className="jp-EnvStore-rowProgress"
      aria-label={trans.__('Progress of %1', props.environment.name)}
      max={1}
      value={fraction ?? undefined}
    />
  );
}
