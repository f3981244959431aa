import '../../style/conda.css';
import * as React from 'react';
import type { ICondaConfig, IProblem } from '../api/types';
import { CommandIDs } from '../commandIds';
import { Action } from '../components/action';
import { CommandButton } from '../components/commandButton';
import { useTrans, useUserInterface } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { Section } from '../components/section';
import { Skeleton } from '../components/skeleton';
import { Table } from '../components/table';
import { useSignal } from '../components/useSignal';
import type { CondaModel } from '../model/conda';
import { CondaProposal } from './condaProposal';
import { CondaSettings } from './condaSettings';

/** Whether conda finds the environments, and what builds take from its settings. */
export function CondaView(props: { model: CondaModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  useSignal(model.changed);
  const { config, error } = model;
  return (
    <div className="jp-EnvStoreDetail-content jp-EnvStoreConda">
      <div className="jp-EnvStoreDetail-header">
        <h2>{trans.__('Conda Configuration')}</h2>
        <p>
          {trans.__(
            'Conda finds the environments of a namespace by their names once the folder of the namespace is in its configuration.'
          )}
        </p>
      </div>
      {error && (
        <ErrorCard error={error} onRetry={() => void model.refresh()} />
      )}
      {!config && !error && <Skeleton lines={4} />}
      {config && (
        <>
          <File config={config} />
          <Problems problems={config.warnings} kind={trans.__('Warning')} />
          <Namespaces model={model} config={config} />
          <CondaProposal model={model} />
          <SearchOrder config={config} />
          <CondaSettings config={config} />
        </>
      )}
    </div>
  );
}

function File(props: { config: ICondaConfig }): JSX.Element {
  const trans = useTrans();
  const { file, exists, problem, backup } = props.config;
  return (
    <Section title={trans.__('The file')}>
      <p className="jp-EnvStoreDetail-facts">
        <code>{file}</code>
        <span>
          {problem
            ? trans.__('It cannot be changed.')
            : exists
              ? trans.__('It can be changed.')
              : trans.__('It does not exist yet; registering makes it.')}
        </span>
      </p>
      {backup && (
        <p className="jp-EnvStoreDetail-facts">
          {trans.__('As it was before the first change:')} <code>{backup}</code>
        </p>
      )}
      <Problems
        problems={problem ? [problem] : []}
        kind={trans.__('Error')}
        isError
      />
    </Section>
  );
}

function Problems(props: {
  problems: readonly IProblem[];
  kind: string;
  isError?: boolean;
}): JSX.Element | null {
  const { problems, kind, isError } = props;
  if (problems.length === 0) {
    return null;
  }
  return (
    <ul className="jp-EnvStore-problems">
      {problems.map(({ message, hint }, index) => (
        <li
          key={index}
          className="jp-EnvStore-problem"
          data-severity={isError ? 'error' : 'warning'}
        >
          <strong>{kind}</strong> {message}
          {hint && <span className="jp-EnvStore-hint">{hint}</span>}
        </li>
      ))}
    </ul>
  );
}

function Namespaces(props: {
  model: CondaModel;
  config: ICondaConfig;
}): JSX.Element {
  const trans = useTrans();
  const { model, config } = props;
  const { namespaces } = config;
  const registered = namespaces.filter(item => item.registered).length;
  if (namespaces.length === 0) {
    return (
      <Section title={trans.__('Namespaces')}>
        <p>
          {trans.__('There is no namespace yet: build an environment first.')}
        </p>
      </Section>
    );
  }
  return (
    <Section title={trans.__('Namespaces')}>
      <Table
        label={trans.__('Namespaces')}
        columns={[
          trans.__('Namespace'),
          trans.__('Folder'),
          trans.__('State'),
          trans.__('Actions')
        ]}
      >
        {namespaces.map(({ namespace, directory, registered: isKnown }) => (
          <tr key={namespace}>
            <th scope="row">{namespace}</th>
            <td>
              <code>{directory}</code>
            </td>
            <td>
              {isKnown ? trans.__('✓ registered') : trans.__('not registered')}
            </td>
            <td>
              <ChangeButton
                model={model}
                action={isKnown ? 'unregister' : 'register'}
                namespace={namespace}
              />
            </td>
          </tr>
        ))}
      </Table>
      <div className="jp-EnvStoreDetail-actions">
        {registered < namespaces.length && (
          <ChangeButton model={model} action="register" />
        )}
        {registered > 0 && <ChangeButton model={model} action="unregister" />}
      </div>
    </Section>
  );
}

function ChangeButton(props: {
  model: CondaModel;
  action: CondaModel.Action;
  namespace?: string;
}): JSX.Element {
  const { commands, trans } = useUserInterface();
  const { model, action, namespace } = props;
  const command = CommandIDs[action];
  const args = namespace === undefined ? {} : { namespace };
  const label = commands.label(command, args);
  const name =
    namespace &&
    (action === 'register'
      ? trans.__('Register %1', namespace)
      : trans.__('Unregister %1', namespace));
  const obstacle = model.config?.problem?.message;
  return obstacle ? (
    <Action label={label} name={name} caption={obstacle} isDisabled />
  ) : (
    <CommandButton command={command} args={args} name={name} />
  );
}

function SearchOrder(props: { config: ICondaConfig }): JSX.Element {
  const trans = useTrans();
  const { search_order: folders } = props.config;
  return (
    <Section title={trans.__('Where conda looks')}>
      <p>
        {trans.__(
          'Of two environments with one name, conda takes the one in the first of these folders.'
        )}
      </p>
      <ol className="jp-EnvStoreConda-folders">
        {folders.map(folder => (
          <li key={folder}>
            <code>{folder}</code>
          </li>
        ))}
      </ol>
    </Section>
  );
}
