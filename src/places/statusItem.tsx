import { ReactWidget } from '@jupyterlab/apputils';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import type { IEnvironment } from '../api/types';
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
  const isActive = (): boolean => shown(builds) !== undefined;
  let wasActive = isActive();
  builds.changed.connect(() => {
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

/** A failure needs somebody; what runs does not. */
function shown({ failed, running }: ActiveBuilds): IEnvironment | undefined {
  return failed[0] ?? running[0];
}

function Status(props: IOptions): JSX.Element | null {
  const { builds, userInterface } = props;
  const { commands, trans } = userInterface;
  useSignal(builds.changed);
  const environment = shown(builds);
  if (!environment) {
    return null;
  }
  const { name, namespace, latest_build: build } = environment;
  const others = builds.failed.length + builds.running.length - 1;
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
          namespace: namespace.name,
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
