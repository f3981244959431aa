import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { UnifiedDiff } from '../components/unifiedDiff';
import type { DraftModel } from '../model/draft';
import { unifiedDiff } from '../spec/lineDiff';

/** Says that another has asked for a build meanwhile, and lets the user choose. */
export function ConflictBanner(props: {
  draft: DraftModel;
}): JSX.Element | null {
  const trans = useTrans();
  const { draft } = props;
  const [isShown, setShown] = React.useState(false);
  const banner = React.useRef<HTMLDivElement>(null);
  const { conflict } = draft;
  if (conflict === null) {
    return null;
  }
  const settle = (choice: 'mine' | 'theirs'): void => {
    // The focus goes on to the editor, which begins with the choice of its view.
    banner.current?.parentElement
      ?.querySelector<HTMLElement>('input:checked')
      ?.focus();
    draft.settle(choice);
  };
  return (
    <div ref={banner} className="jp-EnvStoreSpec-conflict" role="alert">
      <p>
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
        <Action
          label={trans.__('Go on with mine')}
          onClick={() => settle('mine')}
        />
        <Action
          label={trans.__('Take theirs')}
          onClick={() => settle('theirs')}
        />
      </div>
      {isShown && (
        <UnifiedDiff
          diff={unifiedDiff(
            conflict.text,
            draft.text,
            trans.__('theirs (build %1)', conflict.buildId),
            trans.__('mine')
          )}
          label={trans.__('Differences between theirs and mine')}
        />
      )}
    </div>
  );
}
