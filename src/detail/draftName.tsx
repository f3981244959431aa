import * as React from 'react';
import { useTrans } from '../components/context';
import { FieldProblems, saidOf, useWritten } from '../components/field';
import type { DraftModel } from '../model/draft';
import type { INameProblem } from '../spec/names';
import { MAX_NAME_BYTES, nameProblem } from '../spec/names';

/** What the new environment is called: looked at while it is typed. */
export function DraftName(props: {
  draft: DraftModel;
  name: string;
  isEditable: boolean;
  onChange: (name: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, name, isEditable, onChange } = props;
  const field = useWritten(name);
  const input = React.useRef<HTMLInputElement>(null);
  const problem = nameProblem(field.value);
  const remarksId = `${draft.id}-name-remarks`;
  // Of the length of the path, too, which the name is a part of.
  const said = saidOf(draft, 'name', `${draft.id}-name-said`);
  const exists = problem === null && draft.exists(name);
  const hasRemarks = problem !== null || exists || said.describedBy;
  const write = (value: string): void => {
    field.write(value);
    onChange(value);
  };
  return (
    <div className="jp-EnvStoreSpec-field">
      <label htmlFor={`${draft.id}-name`}>{trans.__('Name')}</label>
      <input
        ref={input}
        id={`${draft.id}-name`}
        type="text"
        className="jp-EnvStore-input"
        spellCheck={false}
        autoComplete="off"
        readOnly={!isEditable}
        aria-invalid={problem !== null || said.isInvalid || undefined}
        aria-describedby={hasRemarks ? remarksId : undefined}
        value={field.value}
        onFocus={event => {
          field.begin();
          event.target.select();
        }}
        onBlur={field.end}
        onChange={event => write(event.target.value)}
      />
      <div id={remarksId} role="status" className="jp-EnvStoreSpec-remarks">
        {problem && (
          <p className="jp-EnvStore-problem" data-severity="error">
            {describe(problem, trans)}{' '}
            {problem.suggestion && (
              <button
                type="button"
                className="jp-EnvStore-link"
                onClick={() => {
                  // First: the field begins with what it has when it gets the focus.
                  input.current?.focus();
                  write(problem.suggestion);
                }}
              >
                {trans.__('Use %1', problem.suggestion)}
              </button>
            )}
          </p>
        )}
        {exists && (
          <p className="jp-EnvStore-problem" data-severity="warning">
            {trans.__(
              'There is an environment %1 in namespace %2: this will be a new build of it.',
              name,
              draft.namespace ?? ''
            )}
          </p>
        )}
        <FieldProblems {...said} problems={problem ? [] : said.problems} />
      </div>
    </div>
  );
}

/** Where it is built: what the user may not build in is shown, and why. */
export function DraftNamespace(props: { draft: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { draft } = props;
  return (
    <div className="jp-EnvStoreSpec-field">
      <label htmlFor={`${draft.id}-namespace`}>{trans.__('Namespace')}</label>
      <select
        id={`${draft.id}-namespace`}
        className="jp-EnvStore-select"
        value={draft.namespace ?? ''}
        onChange={event => draft.setNamespace(event.target.value)}
      >
        {draft.namespaces.map(({ name, isAllowed, reason }) => (
          <option key={name} value={name} disabled={!isAllowed}>
            {isAllowed
              ? name
              : `${name} – ${reason ?? trans.__('your role does not allow builds here')}`}
          </option>
        ))}
      </select>
    </div>
  );
}

function describe(
  problem: INameProblem,
  trans: ReturnType<typeof useTrans>
): string {
  switch (problem.kind) {
    case 'empty':
      return trans.__('The environment needs a name.');
    case 'characters':
      return trans.__(
        'Letters, digits and - + _ @ $ & ? ^ ~ . = only: no spaces, no other characters.'
      );
    case 'dot':
      return trans.__('A name cannot begin or end with a dot.');
    case 'device':
      return trans.__('This is the name of a device on Windows.');
    case 'long':
      return trans.__('A name has %1 bytes at most.', MAX_NAME_BYTES);
  }
}
