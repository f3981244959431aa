import * as React from 'react';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import { YamlEditor } from '../components/yamlEditor';
import { BuildPicker } from './buildPicker';
import { DraftView } from './draftView';
import type { ITabProps } from './environmentView';
import { ShownBuild } from './shownBuild';

/** The specification that is being written, or else that of the build that was chosen. */
export function SpecificationTab(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model, factory } = props;
  useSignal(model.draftChanged);
  if (model.draft) {
    return (
      <div className="jp-EnvStoreDraft">
        <DraftView model={model.draft} factory={factory} />
        <button
          type="button"
          className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
          onClick={() => model.discardDraft()}
        >
          {trans.__('Discard')}
        </button>
      </div>
    );
  }
  return (
    <ShownBuild model={model}>
      {build => (
        <>
          <div className="jp-EnvStoreDetail-bar">
            <BuildPicker model={model} />
            <CommandButton
              command={CommandIDs.edit}
              args={{
                namespace: build.namespace,
                name: build.name,
                buildId: build.id
              }}
            />
          </div>
          <YamlEditor
            factory={factory}
            label={trans.__('Specification of build %1', build.id)}
            text={build.text}
          />
        </>
      )}
    </ShownBuild>
  );
}
