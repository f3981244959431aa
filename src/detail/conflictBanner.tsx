import * as React from 'react';
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
  const { conflict } = draft;
  if (conflict === null) {
    return null;
  }
  const button = 'jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject';
  return (
    <div className="jp-EnvStoreSpec-conflict" role="alert">
      <p>
        {trans.__(
          'Build %1 was asked for meanwhile, with another specification than the one that you began with.',
          conflict.buildId
        )}
      </p>
      <div className="jp-EnvStoreDetail-actions">
        <button
          type="button"
          className={button}
          aria-expanded={isShown}
          onClick={() => setShown(!isShown)}
        >
          {isShown
            ? trans.__('Hide the differences')
            : trans.__('Show the differences')}
        </button>
        <button
          type="button"
          className={button}
          onClick={() => draft.settle('mine')}
        >
          {trans.__('Go on with mine')}
        </button>
        <button
          type="button"
          className={button}
          onClick={() => draft.settle('theirs')}
        >
          {trans.__('Take theirs')}
        </button>
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
