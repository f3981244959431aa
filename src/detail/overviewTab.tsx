import '../../style/overview.css';
import * as React from 'react';
import type { IEnvironment } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { ErrorCard } from '../components/errorCard';
import { Section } from '../components/section';
import { FailureCard } from './failureCard';
import { formatBytes, shownId } from '../components/format';
import { useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';
import { BuildFacts } from './buildFacts';
import { BuildProgress } from './buildProgress';
import type { ITabProps } from './environmentView';
import { History } from './history';
import { ShownBuild } from './shownBuild';

/** The environment at a glance: how it is, how it is used, where it is, and what was done to it. */
export function OverviewTab(props: ITabProps): JSX.Element {
  const { model } = props;
  useSignal(model.changed);
  const { environment } = model;
  return (
    <>
      <ShownBuild model={model}>
        {(build, buildModel) => (
          <>
            {build.status === 'FAILED' && (
              <FailureCard build={build} model={buildModel} isLogShown />
            )}
            <BuildProgress
              build={build}
              model={buildModel}
              maxAttempts={model.maxAttempts}
            />
            {environment?.published && <Use environment={environment} />}
            <BuildFacts build={build} model={buildModel} />
          </>
        )}
      </ShownBuild>
      {environment && <Kernels environment={environment} />}
      <Disk model={model} />
      <History model={model} />
    </>
  );
}

/** How one works with the current build. */
function Use(props: { environment: IEnvironment }): JSX.Element {
  const trans = useTrans();
  const { name, namespace, prefix } = props.environment;
  const args = { namespace: namespace.name, name };
  return (
    <Section title={trans.__('Use')}>
      <div className="jp-EnvStoreDetail-actions">
        {[
          CommandIDs.useInNotebook,
          CommandIDs.newNotebook,
          CommandIDs.newConsole,
          CommandIDs.openTerminal
        ].map(command => (
          <CommandButton key={command} command={command} args={args} />
        ))}
      </div>
      {prefix !== null && (
        <dl className="jp-EnvStoreDetail-buildFacts">
          <Copied
            term={trans.__('With conda')}
            text={`conda activate ${quoted(prefix)}`}
            label={trans.__('Copy the command that activates it')}
          />
          <Copied
            term={trans.__('Link to the current build')}
            text={prefix}
            label={trans.__('Copy the path of the link')}
          />
        </dl>
      )}
    </Section>
  );
}

function Copied(props: {
  term: string;
  text: string;
  label: string;
}): JSX.Element {
  const { term, text, label } = props;
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <code>{text}</code>
        <CopyButton text={text} label={label} />
      </dd>
    </>
  );
}

function Kernels(props: { environment: IEnvironment }): JSX.Element {
  const trans = useTrans();
  const { kernels } = props.environment;
  return (
    <Section title={trans.__('Kernels')}>
      {kernels.length === 0 ? (
        <p>
          {trans.__(
            'Notebooks cannot use it: no package of the current build brings a kernel. For Python it is ipykernel.'
          )}
        </p>
      ) : (
        <ul className="jp-EnvStoreOverview-list">
          {kernels.map(({ name, display_name, language, build_id, pinned }) => (
            <li key={name}>
              <span>{display_name}</span> <span>{language}</span>{' '}
              <span>
                {pinned
                  ? trans.__('stays with build %1', shownId(build_id))
                  : trans.__('build %1', shownId(build_id))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What all builds occupy; it is measured when somebody asks, for that takes a while. */
function Disk(props: { model: EnvironmentModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const { value, error, isMeasuring } = model.usage;
  return (
    <Section title={trans.__('Disk')}>
      {error ? (
        <ErrorCard error={error} onRetry={() => void model.measure()} />
      ) : (
        <p role="status">
          {value
            ? trans.__(
                'All builds together occupy %1. %2 come back if they all go.',
                formatBytes(value.size),
                formatBytes(value.own)
              )
            : isMeasuring
              ? trans.__('Measuring')
              : trans.__('What all builds occupy was not measured yet.')}
        </p>
      )}
      <CommandButton
        command={CommandIDs.measure}
        args={{ namespace: model.namespace, name: model.name }}
      />
    </Section>
  );
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path)
    ? path
    : `'${path.replace(/'/g, "'\\''")}'`;
}
