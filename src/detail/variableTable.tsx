import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { FieldProblems, useWritten } from '../components/field';
import { RemoveButton } from '../components/removeButton';
import type { IVariable } from '../spec/document';
import type { IFormProps } from './useSpec';

/** The environment variables that are set when the environment is activated. */
export function VariableTable(props: IFormProps): JSX.Element {
  const trans = useTrans();
  const { draft, spec, change, announce } = props;
  const [name, setName] = React.useState('');
  const [value, setValue] = React.useState('');
  const first = React.useRef<HTMLInputElement>(null);
  const isTaken = spec.variables.some(variable => variable.name === name);

  const add = (): void => {
    if (name.trim() === '' || isTaken) {
      return;
    }
    if (change({ kind: 'variable', name: name.trim(), value })) {
      announce(trans.__('%1 added', name));
      setName('');
      setValue('');
      first.current?.focus();
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      add();
    }
  };

  return (
    <>
      {spec.variables.length > 0 && (
        <ul className="jp-EnvStoreSpec-variables">
          {spec.variables.map(variable => (
            <li key={variable.place}>
              <span className="jp-EnvStoreSpec-name">{variable.name}</span>
              <Value {...props} variable={variable} />
              <RemoveButton
                label={trans.__('Remove %1', variable.name)}
                onClick={() => {
                  change({ kind: 'removeVariable', name: variable.name });
                  announce(trans.__('%1 removed', variable.name));
                  first.current?.focus();
                }}
              />
              <FieldProblems
                id={`${draft.id}-${variable.name}`}
                problems={draft.problems.filter(
                  ({ place }) => place === variable.place
                )}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="jp-EnvStoreSpec-add">
        <input
          ref={first}
          type="text"
          className="jp-EnvStore-input"
          aria-label={trans.__('Name of a new variable')}
          placeholder={trans.__('NAME')}
          spellCheck={false}
          value={name}
          aria-invalid={isTaken || undefined}
          onChange={event => setName(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <input
          type="text"
          className="jp-EnvStore-input"
          aria-label={trans.__('Value of the new variable')}
          placeholder={trans.__('value')}
          spellCheck={false}
          value={value}
          onChange={event => setValue(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <Action
          label={trans.__('Add')}
          isDisabled={name.trim() === '' || isTaken}
          caption={isTaken ? trans.__('%1 is in the list already', name) : ''}
          onClick={add}
        />
      </div>
    </>
  );
}

function Value(props: IFormProps & { variable: IVariable }): JSX.Element {
  const trans = useTrans();
  const { change, variable } = props;
  const field = useWritten(variable.text);
  return (
    <input
      type="text"
      className="jp-EnvStore-input"
      aria-label={trans.__('Value of %1', variable.name)}
      spellCheck={false}
      readOnly={!variable.isEditable}
      value={field.value}
      onFocus={field.begin}
      onBlur={field.end}
      onChange={event => {
        field.write(event.target.value);
        change({
          kind: 'variable',
          name: variable.name,
          value: event.target.value
        });
      }}
    />
  );
}
