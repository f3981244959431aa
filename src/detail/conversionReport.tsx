import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { ProblemList } from '../components/problemList';
import type { DraftModel } from '../model/draft';

/** What became of a file: what was understood otherwise, and what has to be mended. */
export function ConversionReport(props: {
  draft: DraftModel;
}): JSX.Element | null {
  const trans = useTrans();
  const { origin } = props.draft;
  const { file, reply, error, isConverting } = origin.conversion;
  if (file === null) {
    return null;
  }
  const name = file.filename || trans.__('the pasted text');
  if (isConverting) {
    return <p role="status">{trans.__('Reading %1', name)}</p>;
  }
  if (error) {
    return <ErrorCard error={error} onRetry={() => void origin.read(file)} />;
  }
  if (reply === null) {
    return null;
  }
  const isManifest = reply.kind.endsWith('.toml');
  return (
    <div className="jp-EnvStoreSpec-report">
      <p role="status">
        {reply.specification === null
          ? trans.__(
              '%1 was read as %2, and cannot be used as it is.',
              name,
              reply.kind
            )
          : trans.__('Started from %1, read as %2.', name, reply.kind)}
      </p>
      {isManifest && <WhichEnvironment draft={props.draft} />}
      <ProblemList
        problems={reply.specification === null ? reply.problems : []}
        warnings={reply.warnings}
      />
    </div>
  );
}

/** A pixi.toml or pyproject.toml may describe several environments. */
function WhichEnvironment(props: { draft: DraftModel }): JSX.Element | null {
  const trans = useTrans();
  const { draft } = props;
  const { file } = draft.origin.conversion;
  const [wanted, setWanted] = React.useState(file?.environment ?? '');
  if (file === null) {
    return null;
  }
  const read = (): void =>
    void draft.origin.read({ ...file, environment: wanted.trim() });
  return (
    <div className="jp-EnvStoreSpec-add">
      <input
        type="text"
        className="jp-EnvStore-input"
        aria-label={trans.__('Environments, features, extras or groups in it')}
        placeholder={trans.__('Another environment, feature, extra or group')}
        spellCheck={false}
        value={wanted}
        onChange={event => setWanted(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            read();
          }
        }}
      />
      <Action label={trans.__('Read it')} onClick={read} />
    </div>
  );
}
