import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { useTrans, useUserInterface } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { ProblemList } from '../components/problemList';
import { useSignal } from '../components/useSignal';
import type { IYamlEditorHandle } from '../components/yamlEditor';
import { YamlEditor } from '../components/yamlEditor';
import type { DraftModel } from '../model/draft';

/** The document in which a specification is written. */
export function DraftView(props: {
  model: DraftModel;
  factory: IEditorFactoryService;
}): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { model, factory } = props;
  const editor = React.useRef<IYamlEditorHandle>(null);
  useSignal(model.changed);
  const { error, problems, target, warnings } = model;
  const label = target
    ? trans.__('Specification of %1', target.name)
    : trans.__('Specification of the new environment');
  return (
    <div className="jp-EnvStoreDetail-content">
      <div className="jp-EnvStoreDetail-header">
        <h2>
          {target
            ? trans.__('New build of %1', target.name)
            : trans.__('New environment')}
        </h2>
        <div className="jp-EnvStoreDetail-fields">
          <NamespaceField model={model} />
          <button
            type="button"
            className="jp-Button jp-mod-styled jp-mod-accept"
            title={commands.caption(CommandIDs.build, {})}
            disabled={model.isSubmitting || model.text.trim() === ''}
            onClick={() => void model.submit()}
          >
            {model.isSubmitting ? trans.__('Submitting') : trans.__('Build')}
          </button>
        </div>
        <Rename model={model} />
      </div>
      <YamlEditor
        ref={editor}
        factory={factory}
        label={label}
        text={model.text}
        onChange={text => model.setText(text)}
        onSubmit={() => void model.submit()}
        problems={problems}
        warnings={warnings}
      />
      <div role="status" className="jp-EnvStoreDetail-verdict">
        <Verdict model={model} />
      </div>
      {error && problems.length === 0 && <ErrorCard error={error} />}
      <ProblemList
        problems={problems}
        warnings={warnings}
        onChosen={problem => editor.current?.goTo(problem)}
      />
    </div>
  );
}

function NamespaceField(props: { model: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  if (model.target) {
    return <span>{trans.__('namespace %1', model.target.namespace)}</span>;
  }
  return (
    <label>
      {trans.__('Namespace')}{' '}
      <select
        className="jp-mod-styled"
        value={model.namespace ?? ''}
        onChange={event => model.setNamespace(event.target.value)}
      >
        {model.namespaces.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Says that a changed name makes another environment. */
function Rename(props: { model: DraftModel }): JSX.Element | null {
  const trans = useTrans();
  const { name, target } = props.model;
  return target && name && name !== target.name ? (
    <p className="jp-EnvStore-hint">
      {trans.__(
        'The specification is named %1: it will be built as that environment, and %2 stays as it is.',
        name,
        target.name
      )}
    </p>
  ) : null;
}

function Verdict(props: { model: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { error, isChecking, problems } = props.model;
  if (isChecking) {
    return <>{trans.__('Checking')}</>;
  }
  if (problems.length > 0) {
    return (
      <>{trans._n('%1 problem found', '%1 problems found', problems.length)}</>
    );
  }
  return <>{error ? '' : trans.__('No problem found')}</>;
}
