import type { IRunningSessions } from '@jupyterlab/running';
import { stopIcon } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import type { IEnvironment } from '../api/types';
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
    for (const environment of this._builds.running) {
      this._cancel(environment);
    }
  }

  private _itemOf(environment: IEnvironment): IRunningSessions.IRunningItem {
    const { commands, trans } = this._userInterface;
    const { name, namespace, latest_build: build } = environment;
    return {
      icon: () => environmentsIcon,
      label: () => trans.__('%1, build %2', name, build.id),
      labelTitle: () =>
        trans.__('Environment %1 in namespace %2', name, namespace.name),
      detail: () => activity(build, trans),
      open: () =>
        void commands.execute(CommandIDs.open, {
          ...targetOf(environment),
          tab: 'log'
        }),
      shutdown: () => this._cancel(environment)
    };
  }

  private _cancel(environment: IEnvironment): void {
    const { commands } = this._userInterface;
    void commands.execute(CommandIDs.cancel, targetOf(environment));
  }

  private readonly _builds: ActiveBuilds;
  private readonly _userInterface: IUserInterface;
  private readonly _readAgain: () => Promise<void>;
}

function targetOf({ name, namespace, latest_build: build }: IEnvironment): {
  namespace: string;
  name: string;
  buildId: number;
} {
  return { namespace: namespace.name, name, buildId: build.id };
}
