import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { FieldProblems, saidOf, useWritten } from '../components/field';
import type { ISaid } from '../components/field';
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

  const said = ({ name, place }: IVariable): ISaid =>
    saidOf(draft, place, `${draft.id}-variable-${name}`);
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
              <Value {...props} variable={variable} said={said(variable)} />
              <RemoveButton
                label={trans.__('Remove %1', variable.name)}
                onClick={() => {
                  change({ kind: 'removeVariable', name: variable.name });
                  announce(trans.__('%1 removed', variable.name));
                  first.current?.focus();
                }}
              />
              <FieldProblems {...said(variable)} />
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

function Value(
  props: IFormProps & { variable: IVariable; said: ISaid }
): JSX.Element {
  const trans = useTrans();
  const { change, variable, said } = props;
  const field = useWritten(variable.text);
  return (
    <input
      type="text"
      className="jp-EnvStore-input"
      aria-label={trans.__('Value of %1', variable.name)}
      aria-describedby={said.describedBy}
      aria-invalid={said.isInvalid || undefined}
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
