import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { useWritten } from '../components/field';
import { inPlainWords } from '../components/yamlWords';
import { ChannelList } from './channelList';
import { PackageBox } from './packageBox';
import { RequestTable } from './requestTable';
import type { IFormProps } from './useSpec';
import { VariableTable } from './variableTable';

/** A specification as fields. What they do not know stays in the text as it is. */
export function SpecForm(
  props: IFormProps & { onShowText: () => void }
): JSX.Element {
  const trans = useTrans();
  const { draft, spec, onShowText } = props;
  const [problem] = inPlainWords(spec.problems, trans);
  if (problem) {
    return (
      <div className="jp-EnvStoreSpec-unreadable" role="status">
        <p>
          {trans.__(
            'The form comes back when the YAML can be read again. Line %1: %2',
            problem.line ?? 1,
            problem.message
          )}
        </p>
        <Action label={trans.__('Show the YAML')} onClick={onShowText} />
      </div>
    );
  }
  const headingId = (part: string): string => `${draft.id}-${part}-heading`;
  return (
    <div className="jp-EnvStoreSpec-form">
      <section aria-labelledby={headingId('packages')}>
        <h3 id={headingId('packages')}>{trans.__('Packages')}</h3>
        <RequestTable {...props} />
        <PackageBox {...props} />
      </section>
      <section aria-labelledby={headingId('channels')}>
        <h3 id={headingId('channels')}>{trans.__('Channels')}</h3>
        <ChannelList {...props} />
      </section>
      <section aria-labelledby={headingId('description')}>
        <h3 id={headingId('description')}>{trans.__('Description')}</h3>
        <Description {...props} labelId={headingId('description')} />
      </section>
      <details
        className="jp-EnvStoreSpec-more"
        open={spec.variables.length > 0 || undefined}
      >
        <summary>
          {trans.__('Environment variables')}
          {spec.variables.length > 0 && ` (${spec.variables.length})`}
        </summary>
        <VariableTable {...props} />
      </details>
      {spec.otherKeys.length > 0 && (
        <p className="jp-EnvStoreSpec-none">
          {trans.__('Kept as it is in the YAML:')}{' '}
          {spec.otherKeys.map(key => (
            <code key={key}>{key} </code>
          ))}
        </p>
      )}
    </div>
  );
}

function Description(props: IFormProps & { labelId: string }): JSX.Element {
  const trans = useTrans();
  const { spec, change, labelId } = props;
  const field = useWritten(spec.description.text.replace(/\n$/, ''));
  return (
    <textarea
      className="jp-EnvStore-input"
      aria-labelledby={labelId}
      placeholder={trans.__('What it is for')}
      rows={Math.min(6, field.value.split('\n').length)}
      readOnly={!spec.description.isEditable}
      value={field.value}
      onFocus={field.begin}
      onBlur={field.end}
      onChange={event => {
        const { value } = event.target;
        field.write(value);
        if (value !== '') {
          change({ kind: 'field', key: 'description', value });
        } else if (spec.description.line > 0) {
          change({ kind: 'removeField', key: 'description' });
        }
      }}
    />
  );
}
