import * as React from 'react';
import type { IEnvironment } from '../api/types';
import { hasFiles, isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { formatAgo, formatBytes, fractionDone } from '../components/format';
import { StateBadge } from '../components/stateBadge';

/** What a row says of an environment, and what can be done with it. */
export function EnvironmentCells(props: {
  environment: IEnvironment;
  hasActions: boolean;
}): JSX.Element {
  const { environment, hasActions } = props;
  const build = environment.latest_build;
  return (
    <>
      <span className="jp-EnvStore-rowText">
        <span className="jp-EnvStore-rowName">{environment.name}</span>
        <span className="jp-EnvStore-rowState">
          {build && <StateBadge build={build} />}
          <Facts environment={environment} />
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

/** The size of a finished build, or the older build that is still in use. */
function Facts(props: { environment: IEnvironment }): JSX.Element | null {
  const trans = useTrans();
  const { latest_build: latest, published_build: published } =
    props.environment;
  if (published && latest && published.id !== latest.id) {
    return (
      <span className="jp-EnvStore-rowFacts">
        {trans.__('build %1 in use', published.id)}
      </span>
    );
  }
  if (hasFiles(latest)) {
    return (
      <span className="jp-EnvStore-rowFacts">
        {trans.__('build %1, %2', latest.id, formatBytes(latest.size))}
      </span>
    );
  }
  if (latest?.ended_on) {
    return (
      <span className="jp-EnvStore-rowFacts">
        {formatAgo(latest.ended_on, Date.now())}
      </span>
    );
  }
  return null;
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
