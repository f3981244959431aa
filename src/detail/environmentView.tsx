import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { Skeleton } from '../components/skeleton';
import { Tabs } from '../components/tabs';
import { useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';
import type { Tab } from '../tabs';
import { TABS } from '../tabs';
import { ArtifactsTab } from './artifactsTab';
import { BuildsTab } from './buildsTab';
import { Header } from './header';
import { LogTab } from './logTab';
import { OverviewTab } from './overviewTab';
import { PackagesTab } from './packagesTab';
import { SpecificationTab } from './specificationTab';

/** What every tab of the document is given. */
export interface ITabProps {
  model: EnvironmentModel;
  factory: IEditorFactoryService;
}

/** Each is made when it is first in front. */
const PANELS: { [tab in Tab]: (props: ITabProps) => JSX.Element } = {
  overview: OverviewTab,
  specification: SpecificationTab,
  packages: PackagesTab,
  builds: BuildsTab,
  log: LogTab,
  artifacts: ArtifactsTab
};

/** The document of one environment. */
export function EnvironmentView(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model, factory } = props;
  useSignal(model.changed);
  const { environment, error } = model;
  const isUnread = !(environment || error || model.isGone);
  return (
    <div className="jp-EnvStoreDetail-document">
      {error && (
        <ErrorCard error={error} onRetry={() => void model.refresh()} />
      )}
      {environment && <Header environment={environment} />}
      {model.isGone && !error && (
        <p className="jp-EnvStoreDetail-gone" role="alert">
          {trans.__(
            'There is no environment %1 in namespace %2.',
            model.name,
            model.namespace
          )}
        </p>
      )}
      {(model.isLoading || isUnread) && <Skeleton lines={3} />}
      {environment && <Panels model={model} factory={factory} />}
    </div>
  );
}

function Panels(props: ITabProps): JSX.Element {
  const trans = useTrans();
  const { model, factory } = props;
  useSignal(model.tabChanged);
  useSignal(model.draftChanged);
  return (
    <Tabs
      id={React.useId()}
      label={trans.__('Views of %1', model.name)}
      tabs={TABS.map(id => ({
        id,
        label: tabLabel(id, trans),
        ...(id === 'specification' &&
          model.draft?.isDirty && {
            mark: trans.__('changed, not built yet')
          })
      }))}
      current={model.tab}
      onChange={tab => model.openTab(tab)}
    >
      {tab => {
        const Panel = PANELS[tab];
        return <Panel model={model} factory={factory} />;
      }}
    </Tabs>
  );
}

function tabLabel(tab: Tab, trans: TranslationBundle): string {
  switch (tab) {
    case 'overview':
      return trans.__('Overview');
    case 'specification':
      return trans.__('Specification');
    case 'packages':
      return trans.__('Packages');
    case 'builds':
      return trans.__('Builds');
    case 'log':
      return trans.__('Log');
    case 'artifacts':
      return trans.__('Artifacts');
  }
}
