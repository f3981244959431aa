import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans, useUserInterface } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { shownId } from '../components/format';
import { Skeleton } from '../components/skeleton';
import { useSignal } from '../components/useSignal';
import { YamlEditor } from '../components/yamlEditor';
import type { DraftModel } from '../model/draft';
import { BuildPicker } from './buildPicker';
import { ConflictBanner } from './conflictBanner';
import { DraftFooter } from './draftFooter';
import type { ITabProps } from './environmentView';
import { LockfileView } from './lockfileView';
import { ShownBuild } from './shownBuild';
import { SpecEditor } from './specEditor';
import { useSpec } from './useSpec';

/**
 * The specification of the newest build, to be changed and built; that of an older
 * one, or for those who may not build, to be read.
 */
export function SpecificationTab(props: ITabProps): JSX.Element {
  const { model } = props;
  useSignal(model.changed);
  useSignal(model.draftChanged);
  const { builds, environment, draft, missingId, selected, mayWrite } = model;
  const newest = environment?.latest_build?.id ?? null;
  // Of a new build, one of the two lists is told before the other.
  const isNewest =
    missingId === null &&
    (selected === null || [newest, builds[0]?.id].includes(selected.id));
  const text = environment?.text ?? null;
  const isWanted = mayWrite && isNewest && draft === null && text !== null;
  React.useEffect(() => {
    if (isWanted) {
      model.startDraft({ text, baseId: newest ?? undefined });
    }
  }, [model, isWanted, text, newest]);

  if (mayWrite && isNewest) {
    return draft ? (
      <Writing {...props} draft={draft} />
    ) : (
      <Skeleton lines={6} />
    );
  }
  return <Reading {...props} mayWrite={mayWrite} />;
}

/** What the newest build has failed for is shown where it is written. */
function Writing(props: ITabProps & { draft: DraftModel }): JSX.Element {
  const trans = useTrans();
  const { model, draft, factory } = props;
  useSignal(draft.changed);
  const read = useSpec(draft);
  const { name } = read.spec;
  const build = model.selected?.build;
  React.useEffect(() => {
    if (build?.status === 'FAILED' && build.failure) {
      draft.recall(build.text, build.failure.problems);
    }
  }, [draft, build]);
  return (
    <div className="jp-EnvStoreDraft">
      <ConflictBanner draft={draft} />
      {name.text !== '' && name.text !== model.name && (
        <p className="jp-EnvStore-hint">
          {trans.__(
            'The specification is named %1: it will be built as that environment, and %2 stays as it is.',
            name.text,
            model.name
          )}
        </p>
      )}
      {draft.lockfile ? (
        <>
          <BuildPicker model={model} />
          <LockfileView draft={draft} lockfile={draft.lockfile} />
        </>
      ) : (
        <SpecEditor
          {...read}
          draft={draft}
          factory={factory}
          isNameShown={false}
          label={trans.__('Specification of %1', model.name)}
        >
          <BuildPicker model={model} />
          <CopyButton text={draft.text} label={trans.__('Copy the YAML')} />
        </SpecEditor>
      )}
      <DraftFooter draft={draft} />
    </div>
  );
}

function Reading(props: ITabProps & { mayWrite: boolean }): JSX.Element {
  const trans = useTrans();
  const { commands } = useUserInterface();
  const { model, factory, mayWrite } = props;
  const { namespace, name } = model;
  return (
    <ShownBuild model={model}>
      {build => (
        <div className="jp-EnvStoreSpec">
          <div className="jp-EnvStoreSpec-bar">
            <BuildPicker model={model} />
            <CopyButton text={build.text} label={trans.__('Copy the YAML')} />
            {mayWrite && (
              <CommandButton
                command={CommandIDs.edit}
                args={{ namespace, name, buildId: build.id }}
              />
            )}
          </div>
          {!mayWrite && (
            <p className="jp-EnvStore-hint">
              {commands.caption(CommandIDs.edit, { namespace, name })}
            </p>
          )}
          <YamlEditor
            factory={factory}
            label={trans.__('Specification of build %1', shownId(build.id))}
            text={build.text}
          />
        </div>
      )}
    </ShownBuild>
  );
}
