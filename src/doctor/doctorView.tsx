import '../../style/doctor.css';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IFinding } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { ErrorCard } from '../components/errorCard';
import { Section } from '../components/section';
import { Skeleton } from '../components/skeleton';
import { useSignal } from '../components/useSignal';
import type { DoctorModel } from '../model/doctor';

/** What the doctor found: what it means, who is hit, and what mends it. */
export function DoctorView(props: { model: DoctorModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const { diagnosis, error, isBusy } = model;
  const findings = diagnosis?.findings ?? [];
  const canMend = findings.some(isMendable);
  return (
    <div className="jp-EnvStoreDetail-content jp-EnvStoreDoctor">
      <div className="jp-EnvStoreDetail-header">
        <h2>{trans.__('State of the Store')}</h2>
        <p>
          {trans.__(
            'Around the store, things can be wrong that it does not notice while it works: modes, owners, disks, and conda beside it.'
          )}
        </p>
        <div className="jp-EnvStoreDetail-actions">
          <CommandButton command={CommandIDs.examine} args={{}} />
          {canMend && <CommandButton command={CommandIDs.mend} args={{}} />}
        </div>
      </div>
      {error && (
        <ErrorCard error={error} onRetry={() => void model.refresh()} />
      )}
      <p className="jp-EnvStoreDetail-verdict" role="status">
        {verdict(model, trans)}
      </p>
      {isBusy && !diagnosis && <Skeleton lines={4} />}
      {findings.length > 0 && (
        <ul className="jp-EnvStoreDoctor-findings">
          {findings.map((finding, index) => (
            <li key={index}>
              <Finding finding={finding} />
            </li>
          ))}
        </ul>
      )}
      {diagnosis && diagnosis.unexamined.length > 0 && (
        <Section title={trans.__('Not examined')}>
          <ul>
            {diagnosis.unexamined.map(sentence => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Finding(props: { finding: IFinding }): JSX.Element {
  const trans = useTrans();
  const { finding } = props;
  const { affects, code, command, failure, meaning, mended, message, paths } =
    finding;
  return (
    <article
      className="jp-EnvStoreDoctor-finding"
      data-severity={mended ? 'mended' : finding.severity}
      aria-label={message}
    >
      <h3>
        <span className="jp-EnvStoreDoctor-severity">
          {mended ? trans.__('✓ Mended') : severityLabel(finding, trans)}
        </span>{' '}
        {message}
      </h3>
      <p>{meaning}</p>
      <p>
        <strong>{trans.__('Who is hit:')}</strong> {affects}
      </p>
      {paths.length > 0 && (
        <ul className="jp-EnvStoreDoctor-paths">
          {paths.map(path => (
            <li key={path}>
              <code>{path}</code>
            </li>
          ))}
        </ul>
      )}
      {command !== null && !mended && (
        <div className="jp-EnvStoreDoctor-command">
          <code>{command}</code>
          <CopyButton text={command} label={trans.__('Copy the command')} />
        </div>
      )}
      {failure !== null && (
        <p role="alert">{trans.__('It could not be mended: %1', failure)}</p>
      )}
      {isMendable(finding) && (
        <CommandButton
          command={CommandIDs.mend}
          args={{ code }}
          name={trans.__('Mend: %1', message)}
        />
      )}
    </article>
  );
}

function verdict(model: DoctorModel, trans: TranslationBundle): string {
  const { diagnosis, isBusy } = model;
  if (isBusy) {
    return trans.__('Looking at everything; this may take minutes.');
  }
  if (diagnosis === null) {
    return '';
  }
  const left = diagnosis.findings.filter(({ mended }) => !mended).length;
  return left === 0
    ? trans.__('Nothing is wrong.')
    : trans._n('%1 finding', '%1 findings', left);
}

function isMendable({ mendable, mended }: IFinding): boolean {
  return mendable && !mended;
}

function severityLabel(
  { severity }: IFinding,
  trans: TranslationBundle
): string {
  switch (severity) {
    case 'error':
      return trans.__('✗ Error');
    case 'warning':
      return trans.__('⚠ Warning');
    case 'info':
      return trans.__('Note');
  }
}
