import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { DraftModel } from '../model/draft';
import type { ITemplate } from '../spec/template';
import { TEMPLATES, templateText } from '../spec/template';
import { ConversionReport } from './conversionReport';

const BUTTON = 'jp-EnvStore-chip';

/** The chip whose panel is open. */
const OPEN = '[aria-expanded="true"]';

/** The kinds of files that the server reads, as file choosers filter them. */
const ACCEPT = '.yml,.yaml,.txt,.in,.pip,.lock,.toml,.json';

/** What a new environment can begin as. What was written before can be had back. */
export function StartFrom(props: {
  draft: DraftModel;
  onFile: (file: File) => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, onFile } = props;
  const { origin } = draft;
  useSignal(origin.changed);
  useSignal(origin.conversion.changed);
  const [panel, setPanel] = React.useState<'environment' | 'paste' | null>(
    null
  );
  const chooser = React.useRef<HTMLInputElement>(null);
  const chips = React.useRef<HTMLDivElement>(null);
  // For what goes away with the focus in it.
  const focus = (chip: string): void =>
    chips.current?.querySelector<HTMLElement>(chip)?.focus();
  const begin = (text: string): void => {
    setPanel(null);
    void origin.begin(text);
  };
  const denial =
    draft.environments.length === 0
      ? trans.__('There are no environments yet.')
      : undefined;
  const toggle = (wanted: 'environment' | 'paste'): void =>
    setPanel(panel === wanted ? null : wanted);
  return (
    <section
      className="jp-EnvStoreSpec-start"
      aria-labelledby={`${draft.id}-start`}
    >
      <h3 id={`${draft.id}-start`}>{trans.__('Start from')}</h3>
      <div
        ref={chips}
        className="jp-EnvStoreSpec-chips"
        role="group"
        aria-labelledby={`${draft.id}-start`}
      >
        {[...TEMPLATES, ...draft.templates].map(template => (
          <button
            key={template.id}
            type="button"
            className={BUTTON}
            title={(template.packages ?? []).join(', ')}
            onClick={() => begin(templateText(template, draft.defaultChannels))}
          >
            {templateLabel(template, trans)}
          </button>
        ))}
        <span className="jp-EnvStoreSpec-rule" aria-hidden="true" />
        <button
          type="button"
          className={BUTTON}
          title={trans.__(
            'An environment.yml, requirements.txt, pixi.toml, pyproject.toml or a lockfile; it can be dropped here, too'
          )}
          onClick={() => chooser.current?.click()}
        >
          {trans.__('File…')}
        </button>
        <input
          ref={chooser}
          type="file"
          hidden
          accept={ACCEPT}
          onChange={event => {
            const file = event.target.files?.[0];
            // The same file can be chosen again.
            event.target.value = '';
            if (file) {
              setPanel(null);
              onFile(file);
            }
          }}
        />
        <CommandButton
          command={CommandIDs.importFile}
          args={{ draft: draft.id }}
          emphasis="chip"
        />
        <button
          type="button"
          className={BUTTON}
          aria-expanded={panel === 'environment'}
          title={denial}
          // It keeps the focus, so that everybody can find out why it does nothing.
          aria-disabled={denial ? true : undefined}
          aria-description={denial}
          onClick={denial ? undefined : () => toggle('environment')}
        >
          {trans.__('Environment…')}
        </button>
        <button
          type="button"
          className={BUTTON}
          aria-expanded={panel === 'paste'}
          onClick={() => toggle('paste')}
        >
          {trans.__('Paste…')}
        </button>
      </div>
      {panel === 'environment' && (
        <EnvironmentPanel
          draft={draft}
          onChosen={text => {
            focus(OPEN);
            begin(text);
          }}
        />
      )}
      {panel === 'paste' && (
        <PastePanel
          draft={draft}
          onPasted={text => {
            focus(OPEN);
            setPanel(null);
            void origin.read({ text, filename: '' });
          }}
        />
      )}
      <ConversionReport draft={draft} />
      <div role="status" className="jp-EnvStoreSpec-undo">
        {origin.canUndo && (
          <>
            {trans.__('What was written before was replaced.')}{' '}
            <button
              type="button"
              className="jp-EnvStore-link"
              onClick={() => {
                focus('button');
                origin.undo();
              }}
            >
              {trans.__('Undo')}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function EnvironmentPanel(props: {
  draft: DraftModel;
  onChosen: (text: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, onChosen } = props;
  const { environments } = draft;
  const [index, setIndex] = React.useState(0);
  return (
    <div className="jp-EnvStoreSpec-panel">
      <label htmlFor={`${draft.id}-other`}>
        {trans.__('Begin with the specification of')}
      </label>
      <select
        id={`${draft.id}-other`}
        className="jp-EnvStore-select"
        autoFocus
        value={index}
        onChange={event => setIndex(Number(event.target.value))}
      >
        {environments.map(({ namespace, name }, at) => (
          <option key={`${namespace}/${name}`} value={at}>
            {`${namespace}/${name}`}
          </option>
        ))}
      </select>
      <button
        type="button"
        className={BUTTON}
        onClick={() => {
          const target = environments[index];
          const text = target ? draft.specificationOf(target) : null;
          if (text !== null) {
            onChosen(text);
          }
        }}
      >
        {trans.__('Use it')}
      </button>
    </div>
  );
}

function PastePanel(props: {
  draft: DraftModel;
  onPasted: (text: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, onPasted } = props;
  const [text, setText] = React.useState('');
  return (
    <div className="jp-EnvStoreSpec-panel">
      <label htmlFor={`${draft.id}-paste`}>
        {trans.__(
          'An environment.yml, requirements.txt, pixi.toml, pyproject.toml or a lockfile'
        )}
      </label>
      <textarea
        id={`${draft.id}-paste`}
        className="jp-EnvStore-input"
        rows={6}
        spellCheck={false}
        autoFocus
        value={text}
        onChange={event => setText(event.target.value)}
      />
      <button
        type="button"
        className={BUTTON}
        disabled={text.trim() === ''}
        onClick={() => onPasted(text)}
      >
        {trans.__('Use it')}
      </button>
    </div>
  );
}

function templateLabel(
  template: ITemplate,
  trans: ReturnType<typeof useTrans>
): string {
  switch (template.id) {
    case 'blank':
      return trans.__('Blank');
    case 'python':
      return trans.__('Python');
    case 'data-science':
      return trans.__('Data science');
    case 'dask':
      return trans.__('Dask');
    case 'r':
      return trans.__('R');
    default:
      return template.id;
  }
}
