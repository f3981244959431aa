import '../../style/spec.css';
import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import type { IProblem } from '../api/types';
import { CommandIDs } from '../commandIds';
import { useTrans, useUserInterface } from '../components/context';
import { ProblemList } from '../components/problemList';
import type { IYamlEditorHandle } from '../components/yamlEditor';
import { YamlEditor } from '../components/yamlEditor';
import { inPlainWords } from '../components/yamlWords';
import type { DraftModel } from '../model/draft';
import type { SpecDocument } from '../spec/document';
import { SpecForm } from './specForm';
import type { ISpec } from './useSpec';

/** How a specification is shown: as fields, as text, or as both. */
type View = 'form' | 'yaml' | 'split';

/** The view that was chosen last, for the next document. */
let lastView: View = 'form';

/**
 * A specification to write, as fields and as YAML: two views of one text. A field
 * changes its own line of the text, and nothing else.
 */
export function SpecEditor(
  props: ISpec & {
    draft: DraftModel;
    factory: IEditorFactoryService;
    label: string;
    /** Whether the name has a field of its own, with what is said of it. */
    isNameShown: boolean;
    /** What stands beside the choice of views. */
    children?: React.ReactNode;
  }
): JSX.Element {
  const { commands, trans } = useUserInterface();
  const { draft, factory, label, spec, change, isRefused } = props;
  const [view, setView] = React.useState(lastView);
  const [message, setMessage] = React.useState('');
  const [aim, setAim] = React.useState<IProblem | null>(null);
  const editor = React.useRef<IYamlEditorHandle>(null);
  const hintId = `${draft.id}-leave`;
  // What cannot be read is known at once, and the server can say no more of it.
  const problems = spec.isReadable
    ? draft.problems
    : inPlainWords(spec.problems, trans);
  const inFields =
    view === 'form' && spec.isReadable
      ? fieldPlaces(spec, props.isNameShown)
      : null;
  const isListed = ({ place }: IProblem): boolean => !inFields?.has(place);

  const show = (wanted: View): void => {
    lastView = wanted;
    setView(wanted);
  };
  React.useEffect(() => {
    if (aim) {
      editor.current?.goTo(aim);
      setAim(null);
    }
  }, [aim]);

  return (
    <div className="jp-EnvStoreSpec">
      <div className="jp-EnvStoreSpec-bar">
        <ViewChoice view={view} name={draft.id} onChange={show} />
        {props.children}
      </div>
      {isRefused && (
        <p className="jp-EnvStoreSpec-refused" role="alert">
          {trans.__(
            'The way this is written, it can only be changed in the YAML.'
          )}{' '}
          <button
            type="button"
            className="jp-EnvStore-link"
            onClick={() => show('split')}
          >
            {trans.__('Show the YAML')}
          </button>
        </p>
      )}
      <div className="jp-EnvStoreSpec-views" data-view={view}>
        {view !== 'yaml' && (
          <SpecForm
            draft={draft}
            spec={spec}
            change={change}
            announce={setMessage}
            onShowText={() => show('split')}
          />
        )}
        {view !== 'form' && (
          <YamlEditor
            ref={editor}
            factory={factory}
            label={label}
            describedBy={hintId}
            text={spec.text}
            onChange={value => draft.setText(value)}
            onSubmit={() => {
              const args = { draft: draft.id };
              if (commands.isEnabled(CommandIDs.build, args)) {
                void commands.execute(CommandIDs.build, args);
              }
            }}
            problems={problems}
            warnings={draft.warnings}
          />
        )}
      </div>
      {view !== 'form' && (
        <p id={hintId} className="jp-EnvStore-hint">
          {trans.__('Escape, then Tab leaves the editor.')}
        </p>
      )}
      <span className="jp-EnvStore-hidden" role="status">
        {message}
      </span>
      <ProblemList
        problems={problems.filter(isListed)}
        warnings={draft.warnings.filter(isListed)}
        onChosen={problem => {
          if (view === 'form') {
            show('split');
          }
          // The editor may have to be made first.
          setAim(problem);
        }}
      />
    </div>
  );
}

/** The places whose problems are told beside their fields. */
function fieldPlaces(
  spec: SpecDocument,
  isNameShown: boolean
): ReadonlySet<string> {
  const entries = [...spec.channels, ...spec.dependencies, ...spec.variables];
  return new Set([
    ...entries.map(({ place }) => place),
    ...(isNameShown ? ['name'] : [])
  ]);
}

function ViewChoice(props: {
  view: View;
  name: string;
  onChange: (view: View) => void;
}): JSX.Element {
  const trans = useTrans();
  const { view, name, onChange } = props;
  const labels: { [key in View]: string } = {
    form: trans.__('Form'),
    yaml: trans.__('YAML'),
    split: trans.__('Split')
  };
  return (
    <fieldset className="jp-EnvStoreSpec-viewChoice">
      <legend className="jp-EnvStore-hidden">{trans.__('View')}</legend>
      {(Object.keys(labels) as View[]).map(key => (
        <label key={key}>
          <input
            type="radio"
            name={`${name}-view`}
            value={key}
            checked={key === view}
            onChange={() => onChange(key)}
          />
          <span>{labels[key]}</span>
        </label>
      ))}
    </fieldset>
  );
}
