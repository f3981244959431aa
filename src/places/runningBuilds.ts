import type { IRunningSessions } from '@jupyterlab/running';
import { stopIcon } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import type { IQueuedBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import { activity } from '../components/format';
import { environmentsIcon } from '../icons';
import type { ActiveBuilds } from '../model/activeBuilds';

/** The running builds, for the panel of what runs: to shut one down cancels it. */
export class RunningBuilds implements IRunningSessions.IManager {
  constructor(options: {
    builds: ActiveBuilds;
    userInterface: IUserInterface;
    refresh: () => Promise<void>;
  }) {
    const { builds, refresh, userInterface } = options;
    const { trans } = userInterface;
    this._builds = builds;
    this._userInterface = userInterface;
    this._readAgain = refresh;
    this.name = trans.__('Builds of environments');
    this.shutdownLabel = trans.__('Cancel Build');
    this.shutdownAllLabel = trans.__('Cancel All Builds');
    this.shutdownAllConfirmationText = trans.__(
      'Cancel all builds that run or wait? What is current stays current.'
    );
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = stopIcon;

  get runningChanged(): ISignal<unknown, unknown> {
    return this._builds.changed;
  }

  running(): IRunningSessions.IRunningItem[] {
    return this._builds.running.map(item => this._itemOf(item));
  }

  refreshRunning(): void {
    void this._readAgain();
  }

  shutdownAll(): void {
    for (const item of this._builds.running) {
      this._cancel(item);
    }
  }

  private _itemOf(item: IQueuedBuild): IRunningSessions.IRunningItem {
    const { commands, trans } = this._userInterface;
    const { environment: name, namespace, build } = item;
    return {
      icon: () => environmentsIcon,
      label: () => trans.__('%1, build %2', name, build.id),
      labelTitle: () =>
        trans.__('Environment %1 in namespace %2', name, namespace),
      detail: () => activity(build, trans),
      open: () =>
        void commands.execute(CommandIDs.open, {
          ...targetOf(item),
          tab: 'log'
        }),
      shutdown: () => this._cancel(item)
    };
  }

  private _cancel(item: IQueuedBuild): void {
    const { commands } = this._userInterface;
    void commands.execute(CommandIDs.cancel, targetOf(item));
  }

  private readonly _builds: ActiveBuilds;
  private readonly _userInterface: IUserInterface;
  private readonly _readAgain: () => Promise<void>;
}

function targetOf({ namespace, environment, build }: IQueuedBuild): {
  namespace: string;
  name: string;
  buildId: number;
} {
  return { namespace, name: environment, buildId: build.id };
}
