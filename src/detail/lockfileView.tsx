import * as React from 'react';
import { useTrans } from '../components/context';
import type { DraftModel } from '../model/draft';

/** Lines of a lockfile that are shown: to tell it from another, not to be read. */
const SHOWN = 200;

/** A lockfile, which is built as it is. */
export function LockfileView(props: {
  draft: DraftModel;
  lockfile: DraftModel.ILockfile;
}): JSX.Element {
  const trans = useTrans();
  const { draft, lockfile } = props;
  const lines = React.useMemo(() => draft.text.split('\n'), [draft.text]);
  return (
    <section className="jp-EnvStoreSpec-lockfile">
      <h3>{trans.__('Lockfile (%1)', lockfile.kind)}</h3>
      <p>
        {trans.__(
          'The build will have exactly the packages that the lockfile names. Nothing is solved, so there is nothing to edit.'
        )}
      </p>
      <label htmlFor={`${draft.id}-lock-description`}>
        {trans.__('Description')}
      </label>
      <input
        id={`${draft.id}-lock-description`}
        type="text"
        className="jp-EnvStore-input"
        placeholder={trans.__('What it is for')}
        value={lockfile.description}
        onChange={event =>
          draft.setLockfile(draft.text, {
            ...lockfile,
            description: event.target.value
          })
        }
      />
      <pre
        className="jp-EnvStore-explanation"
        tabIndex={0}
        aria-label={trans.__('The lockfile')}
      >
        {lines.slice(0, SHOWN).join('\n')}
      </pre>
      {lines.length > SHOWN && (
        <p className="jp-EnvStore-hint">
          {trans.__('The first %1 of %2 lines are shown.', SHOWN, lines.length)}
        </p>
      )}
    </section>
  );
}
