import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import type { EnvironmentList } from '../model/environments';
import type { EnvStore } from '../model/store';
import { EnvironmentsBody } from './body';
import { DoubtBanner } from './doubtBanner';
import { ObstacleBanner } from './obstacleBanner';

/** What the sidebar shows of the store. */
export interface IPanelContents {
  environments: EnvironmentList;
  store: Pick<EnvStore, 'info' | 'infoChanged'>;
  /** The namespaces that were closed in the last session. */
  collapsed: Promise<ReadonlySet<string>>;
  onCollapsed: (collapsed: ReadonlySet<string>) => void;
}

/** The sidebar's body as a widget, in a module that is loaded when it is shown. */
export function createBody(
  contents: IPanelContents,
  userInterface: IUserInterface
): ReactWidget {
  const widget = ReactWidget.create(
    <UserInterfaceProvider value={userInterface}>
      <DoubtBanner store={contents.store} />
      <ObstacleBanner store={contents.store} />
      <EnvironmentsBody {...contents} />
    </UserInterfaceProvider>
  );
  widget.addClass('jp-EnvStore-panelBody');
  return widget;
}
