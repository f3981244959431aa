import '../../style/panel.css';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { SidePanel } from '@jupyterlab/ui-components';
import { ReactWidget } from '@jupyterlab/ui-components';
import { AccordionPanel } from '@lumino/widgets';
import * as React from 'react';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import type { EnvStore } from '../model/store';
import { EnvironmentsBody } from './body';
import { DoubtBanner } from './doubtBanner';
import { ObstacleBanner } from './obstacleBanner';
import { Queue } from './queue';

/** What the sidebar shows of the store. */
export interface IPanelContents {
  store: EnvStore;
  /** Add the commands of the rows. */
  addCommands: () => Promise<void>;
  /** The namespaces that were closed in the last session. */
  collapsed: Promise<ReadonlySet<string>>;
  onCollapsed: (collapsed: ReadonlySet<string>) => void;
  /** The user's settings; null where there are none. */
  settings: Promise<ISettingRegistry.ISettings | null>;
}

/** Put the sections into the sidebar, when it is first shown. */
export async function fill(
  panel: SidePanel,
  contents: IPanelContents,
  userInterface: IUserInterface
): Promise<void> {
  const { store } = contents;
  const { trans } = userInterface;
  const [sidebar, settings] = await Promise.all([
    store.sidebar(),
    contents.settings,
    contents.addCommands()
  ]);

  const add = (label: string, body: JSX.Element): ReactWidget => {
    const section = ReactWidget.create(
      <UserInterfaceProvider value={userInterface}>
        {body}
      </UserInterfaceProvider>
    );
    section.addClass('jp-EnvStore-panelBody');
    section.title.label = label;
    panel.addWidget(section);
    return section;
  };
  add(
    trans.__('Namespaces'),
    <>
      <DoubtBanner store={store} />
      <ObstacleBanner store={store} />
      <EnvironmentsBody {...contents} sidebar={sidebar} settings={settings} />
    </>
  );
  const queue = add(trans.__('Builds'), <Queue sidebar={sidebar} />);

  const { content } = panel;
  if (!(content instanceof AccordionPanel)) {
    return;
  }
  content.collapse(1);
  let count = 0;
  // It opens when something begins to build, and closes when all is done.
  sidebar.changed.connect(() => {
    const before = count;
    count = sidebar.queue.length;
    queue.title.label =
      count > 0 ? trans.__('Builds (%1)', count) : trans.__('Builds');
    if (count > 0 && before === 0) {
      content.expand(1);
      content.setRelativeSizes([3, 1]);
    } else if (count === 0 && before > 0) {
      // What is hidden cannot keep the focus.
      if (queue.node.contains(document.activeElement)) {
        content.titles[1]?.focus();
      }
      content.collapse(1);
    }
  });
}
