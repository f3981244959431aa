import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { formatBytes } from '../components/format';
import { Section } from '../components/section';
import { useSignal } from '../components/useSignal';
import type { CleanupModel } from '../model/cleanup';
import { CleanupPreview } from './cleanupPreview';
import { UsageView } from './usageView';

/** What a clean-up would take by which rules, and the way to do it. */
export function CleanupView(props: { model: CleanupModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const { error, outcome, preview, usage, usageError } = model;
  return (
    <div className="jp-EnvStoreDetail-content">
      <div className="jp-EnvStoreDetail-header">
        <h2>{trans.__('Clean Up')}</h2>
        <p>
          {trans.__(
            'Current and pinned builds, and those that a program uses, are never taken.'
          )}
        </p>
        {usage && (
          <p>
            {trans.__(
              'The store occupies %1; %2 are free.',
              formatBytes(usage.size),
              formatBytes(usage.free)
            )}
          </p>
        )}
      </div>
      <Rules model={model} />
      {error && (
        <ErrorCard
          error={error}
          onRetry={() => void Promise.all([model.refresh(), model.measure()])}
        />
      )}
      <p className="jp-EnvStoreDetail-verdict" role="status">
        <Verdict model={model} />
      </p>
      {preview && <CleanupPreview preview={preview} model={model} />}
      <CommandButton
        command={CommandIDs.cleanUpNow}
        args={{}}
        emphasis="warn"
      />
      {outcome && outcome.builds.length > 0 && (
        <Section title={trans.__('What is gone')}>
          <CleanupPreview preview={{ ...outcome, kept: [] }} />
        </Section>
      )}
      {model.usages || !usageError ? (
        <UsageView usages={model.usages} />
      ) : (
        // What hinders both is told once.
        !error && (
          <Section title={trans.__('Usage')}>
            <ErrorCard
              error={usageError}
              onRetry={() => void model.measure()}
            />
          </Section>
        )
      )}
    </div>
  );
}

function Rules(props: { model: CleanupModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const { namespace } = model.wish;
  return (
    <Section title={trans.__('Rules')}>
      <div className="jp-EnvStoreDetail-fields">
        <NumberField
          label={trans.__('Newest builds to keep of each environment')}
          value={model.wish.keep_builds}
          onChange={value => model.change({ keep_builds: value })}
        />
        <NumberField
          label={trans.__('Days to keep builds')}
          value={model.wish.keep_days}
          onChange={value => model.change({ keep_days: value })}
        />
        <NumberField
          label={trans.__('Days to keep failed and canceled builds')}
          value={model.wish.keep_failed_days}
          onChange={value => model.change({ keep_failed_days: value })}
        />
        <label>
          {trans.__('Namespace')}{' '}
          <select
            className="jp-EnvStore-choice"
            value={namespace ?? ''}
            onChange={({ target }) =>
              model.change({ namespace: target.value || null })
            }
          >
            {(model.isWhole || !namespace) && (
              <option value="">{trans.__('all, and the caches')}</option>
            )}
            {model.namespaces.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p className="jp-EnvStore-hint">
        {trans.__(
          'What is left empty is as the server is set. A build goes when no rule keeps it; 0 switches a rule off.'
        )}
      </p>
    </Section>
  );
}

function NumberField(props: {
  label: string;
  value: number | null | undefined;
  onChange: (value: number | null) => void;
}): JSX.Element {
  const { label, value, onChange } = props;
  return (
    <label>
      {label}{' '}
      <input
        type="number"
        className="jp-EnvStoreDetail-number"
        min={0}
        step={1}
        value={value ?? ''}
        onChange={({ target }) => {
          const number = Math.floor(target.valueAsNumber);
          onChange(number >= 0 ? number : null);
        }}
      />
    </label>
  );
}

function Verdict(props: { model: CleanupModel }): JSX.Element {
  const trans = useTrans();
  const { error, isBusy, isEmpty, outcome, preview } = props.model;
  if (isBusy) {
    return <>{trans.__('Cleaning up')}</>;
  }
  if (outcome) {
    return (
      <strong>
        {trans.__('Cleaned up: %1 came back.', formatBytes(outcome.bytes))}
      </strong>
    );
  }
  if (preview === null) {
    return <>{error ? '' : trans.__('Finding out what would go')}</>;
  }
  return (
    <>
      {isEmpty
        ? trans.__('By these rules, nothing goes.')
        : trans.__('%1 would come back.', formatBytes(preview.bytes))}
    </>
  );
}
