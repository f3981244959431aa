import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import { useTrans } from '../components/context';
import { formatBytes } from '../components/format';
import { useSignal } from '../components/useSignal';
import type { DraftModel } from '../model/draft';
import { DraftFooter } from './draftFooter';
import { DraftName, DraftNamespace } from './draftName';
import { LockfileView } from './lockfileView';
import { SpecEditor } from './specEditor';
import { StartFrom } from './startFrom';
import { useFileDrop } from './useFileDrop';
import { useSpec } from './useSpec';

/** A new environment, on one page: what it is called, what it is made from, and what is in it. */
export function DraftView(props: {
  model: DraftModel;
  factory: IEditorFactoryService;
}): JSX.Element {
  const trans = useTrans();
  const { model: draft, factory } = props;
  useSignal(draft.changed);
  const read = useSpec(draft);
  const readFile = (file: File): void =>
    void draft.origin.readFile(file, most =>
      trans.__(
        '%1 is too large: files that describe environments have at most %2.',
        file.name,
        formatBytes(most)
      )
    );
  const drop = useFileDrop(readFile);
  return (
    <div
      className="jp-EnvStoreDetail-content jp-EnvStoreSpec-page"
      data-dropping={drop.isOver || undefined}
      {...drop.handlers}
    >
      <h2>{trans.__('New environment')}</h2>
      <div className="jp-EnvStoreSpec-head">
        <DraftName
          draft={draft}
          name={draft.lockfile?.name ?? read.spec.name.text}
          isEditable={
            draft.lockfile !== null ||
            (read.spec.isReadable && read.spec.name.isEditable)
          }
          onChange={name => {
            if (draft.lockfile) {
              draft.setLockfile(draft.text, { ...draft.lockfile, name });
            } else {
              read.change({ kind: 'field', key: 'name', value: name });
            }
          }}
        />
        <DraftNamespace draft={draft} />
      </div>
      <StartFrom draft={draft} onFile={readFile} />
      {draft.lockfile ? (
        <LockfileView draft={draft} lockfile={draft.lockfile} />
      ) : (
        <SpecEditor
          {...read}
          draft={draft}
          factory={factory}
          isNameShown
          label={trans.__('Specification of the new environment')}
        />
      )}
      <DraftFooter draft={draft} />
      {drop.isOver && (
        <div className="jp-EnvStoreSpec-drop" aria-hidden="true">
          {trans.__('Drop the file to start from it')}
        </div>
      )}
    </div>
  );
}
