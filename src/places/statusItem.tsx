import '../../style/places.css';
import { ReactWidget } from '@jupyterlab/apputils';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { IQueuedBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import { activity } from '../components/format';
import { useSignal } from '../components/useSignal';
import type { ActiveBuilds } from '../model/activeBuilds';

/** The build that runs, or that has failed and was not looked at, in the status bar. */
class StatusItem extends ReactWidget {
  constructor(options: IOptions) {
    super();
    this._options = options;
    this.addClass('jp-EnvStoreStatus');
  }

  protected override render(): JSX.Element {
    return <Status {...this._options} />;
  }

  private readonly _options: IOptions;
}

interface IOptions {
  builds: ActiveBuilds;
  userInterface: IUserInterface;
}

/** Add the item to the status bar, which shows it only while there is something to say. */
export function addStatusItem(bar: IStatusBar, options: IOptions): void {
  const { builds, userInterface } = options;
  const item = new StatusItem(options);
  const turned = new Signal<ActiveBuilds, void>(builds);
  const isActive = (): boolean => shown(builds).length > 0;
  let wasActive = isActive();
  builds.changed.connect(() => {
    for (const { namespace, environment } of builds.failed) {
      if (isInSight(namespace, environment)) {
        builds.see(namespace, environment);
      }
    }
    if (isActive() !== wasActive) {
      wasActive = !wasActive;
      turned.emit();
    }
  });
  userInterface.commands.commandExecuted.connect((_, { id, args }) => {
    const { namespace, name } = args as Record<string, unknown>;
    if (
      (id === CommandIDs.open || id === CommandIDs.edit) &&
      typeof namespace === 'string' &&
      typeof name === 'string'
    ) {
      builds.see(namespace, name);
    }
  });
  bar.registerStatusItem('jupyter-envstore:status', {
    item,
    align: 'middle',
    rank: 10,
    isActive,
    activeStateChanged: turned
  });
}

/** What runs, and beside it what failed and needs somebody: one of each. */
function shown({ failed, running }: ActiveBuilds): readonly IQueuedBuild[] {
  return [...running.slice(0, 1), ...failed.slice(0, 1)];
}

/** Whether the document of an environment, which has this id, is seen now. */
function isInSight(namespace: string, name: string): boolean {
  const node = document.getElementById(`jp-envstore-${namespace}/${name}`);
  return !document.hidden && !!node?.getBoundingClientRect().width;
}

function Status(props: IOptions): JSX.Element {
  const { builds, userInterface } = props;
  useSignal(builds.changed);
  const items = shown(builds);
  const others = builds.failed.length + builds.running.length - items.length;
  return (
    <>
      {items.map((item, index) => (
        <Item
          key={item.build.id}
          item={item}
          others={index === 0 ? others : 0}
          userInterface={userInterface}
        />
      ))}
    </>
  );
}

function Item(props: {
  item: IQueuedBuild;
  /** How many more there are than are shown. */
  others: number;
  userInterface: IUserInterface;
}): JSX.Element {
  const { item, others, userInterface } = props;
  const { commands, trans } = userInterface;
  const { environment: name, namespace, build } = item;
  const text = trans.__('%1: %2', name, activity(build, trans));
  const more =
    others > 0 && trans._n('%1 more build', '%1 more builds', others);
  return (
    <button
      type="button"
      className="jp-EnvStoreStatus-button"
      data-status={build.status}
      title={[text, more, trans.__('Click to see the log')]
        .filter(Boolean)
        .join('\n')}
      onClick={() =>
        void commands.execute(CommandIDs.open, {
          namespace,
          name,
          buildId: build.id,
          tab: 'log'
        })
      }
    >
      <span className="jp-EnvStoreStatus-text">{text}</span>
      {more && <span aria-label={more}>{`+${others}`}</span>}
    </button>
  );
}
