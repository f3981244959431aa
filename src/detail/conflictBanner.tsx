import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { UnifiedDiff } from '../components/unifiedDiff';
import type { DraftModel } from '../model/draft';
import { unifiedDiff } from '../spec/lineDiff';

/** Says that another has asked for a build meanwhile, and lets the user choose. */
export function ConflictBanner(props: { draft: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { draft } = props;
  const [isShown, setShown] = React.useState(false);
  const place = React.useRef<HTMLDivElement>(null);
  const { conflict } = draft;
  const isOver = conflict === null;
  const hasFocus = React.useRef(false);
  React.useEffect(() => {
    if (isOver && hasFocus.current) {
      hasFocus.current = false;
      // The focus goes on to the editor, which begins with the choice of its view.
      place.current?.parentElement
        ?.querySelector<HTMLElement>('input:checked')
        ?.focus();
    }
  }, [isOver]);
  return (
    <div
      ref={place}
      onFocus={() => (hasFocus.current = true)}
      // React tells nothing of a node that it takes away.
      onBlur={() => (hasFocus.current = false)}
    >
      {conflict && (
        <div className="jp-EnvStoreSpec-conflict">
          <p role="alert">
            {trans.__(
              'Build %1 was asked for meanwhile, with another specification than the one that you began with.',
              conflict.buildId
            )}
          </p>
          <div className="jp-EnvStoreDetail-actions">
            <button
              type="button"
              className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
              aria-expanded={isShown}
              onClick={() => setShown(!isShown)}
            >
              {isShown
                ? trans.__('Hide the differences')
                : trans.__('Show the differences')}
            </button>
            {['mine', 'theirs', 'both'].map(choice => (
              <CommandButton
                key={choice}
                command={CommandIDs.settle}
                args={{ draft: draft.id, choice }}
              />
            ))}
          </div>
          {isShown && <Differences draft={draft} {...conflict} />}
        </div>
      )}
    </div>
  );
}

/** What each has changed, where it is known what both began with. */
function Differences(props: {
  draft: DraftModel;
  buildId: number;
  text: string;
}): JSX.Element {
  const trans = useTrans();
  const { draft, buildId, text } = props;
  const { original } = draft;
  const mine = trans.__('mine');
  const theirs = trans.__('theirs (build %1)', buildId);
  const before = trans.__('before');
  return original === null ? (
    <UnifiedDiff
      diff={unifiedDiff(text, draft.text, theirs, mine)}
      label={trans.__('Differences between theirs and mine')}
    />
  ) : (
    <>
      <UnifiedDiff
        diff={unifiedDiff(original, text, before, theirs)}
        label={trans.__('What they have changed')}
      />
      <UnifiedDiff
        diff={unifiedDiff(original, draft.text, before, mine)}
        label={trans.__('What you have changed')}
      />
    </>
  );
}
