import type { Event } from '@jupyterlab/services';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { EnvStoreClient } from '../api/client';
import type {
  IAdoption,
  IBuild,
  ICondaConfig,
  IKernel,
  IPermission,
  IRunningKernel,
  IServerInfo,
  IStoreEvent,
  IUpkeep
} from '../api/types';
import type { CleanupModel } from './cleanup';
import type { CondaModel } from './conda';
import type { DoctorModel } from './doctor';
import type { DraftModel } from './draft';
import type { EnvironmentModel } from './environment';
import type { EnvironmentFile } from './environmentFile';
import { EnvironmentList } from './environments';
import { EventFeed } from './feed';
import { FollowedBuilds } from './followed';
import type { Permission } from './permission';
import { allows } from './permission';
import type { SidebarModel } from './sidebar';
import { Watchdog } from './watchdog';

/**
 * What the browser knows of the store, and the intentions that change it.
 *
 * An intention asks the server and resolves when the server has agreed; what it
 * changed comes back as an event. Each also reads the environment again, so that
 * nothing seems stuck where events do not come through.
 */
export class EnvStore implements IDisposable {
  constructor(options: {
    client: EnvStoreClient.Operations;
    stream: Event.Stream;
  }) {
    const { client, stream } = options;
    this._client = client;
    this.environments = new EnvironmentList({ client });
    this.followed = new FollowedBuilds({ client });
    this._feed = new EventFeed({
      stream,
      read: since => client.events(since, { background: true })
    });
    this._watchdog = new Watchdog({
      isPaused: () =>
        document.visibilityState === 'hidden' ||
        this.environments.error !== null,
      isBusy: () => this.environments.isBusy,
      ask: isSilent => this._ask(isSilent)
    });
    stream.connect(this._watchdog.heard, this._watchdog);
    this._stream = stream;
    this._feed.event.connect(this._onEvent, this);
    this._feed.lost.connect(this._onLost, this);
    this.environments.changed.connect(this._onEnvironments, this);
  }

  readonly environments: EnvironmentList;
  readonly followed: FollowedBuilds;

  /** An event of the store, in order. */
  get event(): ISignal<this, IStoreEvent> {
    return this._event;
  }

  /** Events may have been missed: what was read may be old. */
  get stale(): ISignal<this, void> {
    return this._stale;
  }

  /** The kernels that the store offers have changed. */
  get kernelsChanged(): ISignal<this, void> {
    return this._kernelsChanged;
  }

  /** What the server says about itself was read again. */
  get infoChanged(): ISignal<this, void> {
    return this._infoChanged;
  }

  /** What the server says about itself; null until it was read. */
  get info(): IServerInfo | null {
    return this._info;
  }

  /** What the user may do; null until it was read. */
  get permission(): IPermission | null {
    return this._permission;
  }

  /**
   * Whether the user may do something in a namespace, or with one environment of
   * it. Nobody may change what another store shares.
   */
  allows(permission: Permission, namespace: string, name?: string): boolean {
    return (
      this.environments.readOnlyReason(namespace) === null &&
      allows(this._permission, permission, namespace, name)
    );
  }

  /** The namespaces in which the user may build, the own one first. */
  get writableNamespaces(): readonly string[] {
    const primary = this._permission?.primary_namespace;
    const others = this.environments.groups.map(({ namespace }) => namespace);
    return [...new Set([...(primary ? [primary] : []), ...others])].filter(
      namespace => this.mayBuildIn(namespace)
    );
  }

  /** Whether the user may build in a namespace, which is made with its first environment. */
  mayBuildIn(namespace: string, name?: string): boolean {
    const isThere = this.environments.groups.some(
      group => group.namespace === namespace
    );
    return (
      this.allows('environment:create', namespace, name) &&
      (isThere || this.allows('namespace::create', namespace))
    );
  }

  /** Resolves after the first attempt to read everything. */
  get loaded(): Promise<void> {
    return this._loaded.promise;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stream.disconnect(this._watchdog.heard, this._watchdog);
    this._watchdog.dispose();
    this._feed.dispose();
    this.followed.dispose();
    this.environments.dispose();
    this._sidebar?.dispose();
    Signal.clearData(this);
  }

  /** Read everything for the first time, or after a failure. */
  async load(): Promise<void> {
    // First: what happens while everything is read is then asked for again.
    await this._feed.begin();
    await Promise.all([this.environments.refresh(), this._loadFacts()]);
    this._loaded.resolve();
    void this._watchdog.doubt();
  }

  /** Read everything again, here and in whatever listens to `stale`. */
  async resync(): Promise<void> {
    this._stale.emit();
    await Promise.all([
      this.environments.refresh(),
      this.followed.recheck(),
      this._loadFacts()
    ]);
  }

  /** Read what the user may do, which others may have changed. */
  async readPermission(): Promise<void> {
    try {
      this._permission = await this._client.permission({
        background: this._permission !== null
      });
    } catch {
      // A failure is told by the list.
      return;
    }
    // The list may have been shown before it was known.
    this.environments.announce();
    this._infoChanged.emit();
  }

  /** Catch up after the tab was hidden or the server away. */
  async resume(): Promise<void> {
    if (this.environments.error) {
      await this.resync();
    }
    await this._watchdog.doubt();
  }

  /** A model of one environment; who asked for it disposes of it. */
  async open(namespace: string, name: string): Promise<EnvironmentModel> {
    // What only documents need is loaded with the first of them.
    const { EnvironmentModel } = await import(
      /* webpackChunkName: "documents" */ './environment'
    );
    return new EnvironmentModel({
      namespace,
      name,
      client: await this._client.detail(),
      store: this
    });
  }

  /** A model of conda's configuration; who asked for it disposes of it. */
  async conda(): Promise<CondaModel> {
    const { CondaModel } = await import(
      /* webpackChunkName: "documents" */ './conda'
    );
    return new CondaModel({ client: this._client, store: this });
  }

  /** A model of a clean-up of the store; who asked for it disposes of it. */
  async cleanup(): Promise<CleanupModel> {
    const { CleanupModel } = await import(
      /* webpackChunkName: "documents" */ './cleanup'
    );
    return new CleanupModel({
      client: await this._client.detail(),
      store: this
    });
  }

  /** A model of what is wrong around the store; who asked for it disposes of it. */
  async doctor(): Promise<DoctorModel> {
    const { DoctorModel } = await import(
      /* webpackChunkName: "documents" */ './doctor'
    );
    return new DoctorModel({ client: await this._client.detail() });
  }

  /** What is known besides the list, and read by the first who asks for it. */
  async sidebar(): Promise<SidebarModel> {
    const { SidebarModel } = await import(
      /* webpackChunkName: "panel" */ './sidebar'
    );
    return (this._sidebar ??= new SidebarModel({
      client: this._client,
      store: this
    }));
  }

  /** A model of a specification to be written; who asked for it disposes of it. */
  async draft(options: EnvStore.IDraftOptions): Promise<DraftModel> {
    const { DraftModel } = await import(
      /* webpackChunkName: "documents" */ './draft'
    );
    return new DraftModel({
      ...options,
      client: await this._client.detail(),
      store: this
    });
  }

  /** A model of a file that describes an environment; who asked for it disposes of it. */
  async environmentFile(): Promise<EnvironmentFile> {
    const { EnvironmentFile } = await import(
      /* webpackChunkName: "documents" */ './environmentFile'
    );
    return new EnvironmentFile({
      client: await this._client.detail(),
      store: this
    });
  }

  /** Ask for a build of a specification, or of a lockfile under a name. */
  async submit(
    ...wanted: Parameters<EnvStoreClient['submit']>
  ): Promise<EnvStore.IAccepted> {
    const { build_id: buildId } = await this._client.submit(...wanted);
    return this._accept(buildId);
  }

  async rebuild(buildId: number): Promise<EnvStore.IAccepted> {
    return this._accept(await this._client.rebuild(buildId));
  }

  /** The server's sentence on whether the cancel came in time. */
  async cancel(
    namespace: string,
    name: string,
    buildId: number
  ): Promise<string> {
    const outcome = await this._client.cancel(buildId);
    this._stale.emit();
    await this.environments.refetch(namespace, name);
    return outcome;
  }

  async switchTo(
    namespace: string,
    name: string,
    buildId: number
  ): Promise<void> {
    await this._client.switchTo(namespace, name, buildId);
    this._stale.emit();
    await this.environments.refetch(namespace, name);
  }

  async describe(
    namespace: string,
    name: string,
    description: string
  ): Promise<void> {
    await (await this._client.detail()).describe(namespace, name, description);
    await this.environments.refetch(namespace, name);
  }

  async deleteEnvironment(namespace: string, name: string): Promise<void> {
    await this._client.deleteEnvironment(namespace, name);
    await this.environments.refetch(namespace, name);
  }

  async deleteBuild(buildId: number): Promise<void> {
    await this._client.deleteBuild(buildId);
    this._stale.emit();
  }

  /** Keep a build from deletion and clean-up, or stop to. */
  async pin(buildId: number, isPinned: boolean): Promise<void> {
    await (isPinned
      ? this._client.pinBuild(buildId)
      : this._client.unpinBuild(buildId));
    this._stale.emit();
  }

  /** Offer a build's kernels whichever build is current, or no longer. */
  async pinKernel(buildId: number, isPinned: boolean): Promise<void> {
    await this._client.pinKernel(buildId, isPinned);
    this._stale.emit();
    this._kernelsChanged.emit();
  }

  /** Verify, repair or restore a build; resolves when that has ended. */
  async lookAfter(buildId: number, task: IUpkeep['task']): Promise<IUpkeep> {
    const { lookAfter } = await import(
      /* webpackChunkName: "documents" */ './upkeep'
    );
    const ended = await lookAfter(await this._client.detail(), buildId, task);
    this._stale.emit();
    return ended;
  }

  async endUpkeep(buildId: number): Promise<void> {
    await (await this._client.detail()).endUpkeep(buildId);
  }

  /** Take the files of a build off the disk, and keep its lockfile and log. */
  async shelve(buildId: number): Promise<void> {
    await (await this._client.detail()).shelve(buildId);
    this._stale.emit();
  }

  /** Make builds known that the database has lost; a preview only says which. */
  async adopt(isPreview: boolean): Promise<IAdoption> {
    const report = await this._client.adopt(isPreview);
    if (!isPreview) {
      await this.resync();
    }
    return report;
  }

  /** The channels that have a package, of those that the store has an index of. */
  async channelsWith(name: string): Promise<readonly string[]> {
    const [{ channelsWith }, client] = await Promise.all([
      import(/* webpackChunkName: "panel" */ './channels'),
      this._client.detail()
    ]);
    return channelsWith(client, name);
  }

  /** The kernels that the store offers now. */
  offeredKernels(): Promise<IKernel[]> {
    return this._client.kernels({ background: true });
  }

  /** The kernels that run from builds, and from which. */
  runningKernels(): Promise<IRunningKernel[]> {
    return this._client.runningKernels({ background: true });
  }

  /** The newest builds of an environment. */
  async buildsOf(namespace: string, name: string): Promise<IBuild[]> {
    const client = await this._client.detail();
    return (await client.builds(namespace, name)).data;
  }

  /** conda's configuration, with what registering one namespace would change. */
  condaConfigOf(namespace: string): Promise<ICondaConfig> {
    return this._client.condaConfig(namespace, { background: true });
  }

  /** Let conda find a namespace's environments, if its file is the one with this etag. */
  async registerWithConda(namespace: string, etag: string): Promise<void> {
    await this._client.changeCondaConfig({ register: [namespace] }, etag);
    this._stale.emit();
  }

  /** One build in full. */
  build(buildId: number): Promise<IBuild> {
    return this._client.build(buildId);
  }

  private async _accept(buildId: number): Promise<EnvStore.IAccepted> {
    this.followed.add(buildId);
    const { namespace, name } = await this._client.build(buildId);
    await this.environments.refetch(namespace, name);
    // A build that ended at once may have done so before it was followed.
    void this.followed.recheck();
    return { buildId, namespace, name };
  }

  private async _loadFacts(): Promise<void> {
    await Promise.all([this.readPermission(), this._loadInfo()]);
  }

  private async _loadInfo(): Promise<void> {
    try {
      this._info = await this._client.info({ background: this._info !== null });
    } catch {
      // The list, which is asked for at the same time, tells why.
      return;
    }
    this._infoChanged.emit();
  }

  /** Read what happened; where nothing is heard of builds, also how far they are. */
  private async _ask(isSilent: boolean): Promise<void> {
    await this._feed.resume();
    const { environments } = this;
    if (!environments.isBusy) {
      return;
    }
    await Promise.all([
      this._loadInfo(),
      this.followed.recheck(),
      ...environments.active
        .filter(() => isSilent)
        .map(item => environments.refetch(item.namespace.name, item.name))
    ]);
    if (isSilent) {
      this._stale.emit();
    }
  }

  private _onEvent(_: EventFeed, event: IStoreEvent): void {
    this._event.emit(event);
    if (event.kind === 'progress') {
      this.environments.applyProgress(event);
      return;
    }
    this.followed.apply(event);
    if (event.kind === 'kernels') {
      this._kernelsChanged.emit();
    }
    const { namespace, environment: name } = event;
    if (namespace !== null && name !== null && !this.environments.error) {
      void this.environments.refetch(namespace, name);
    } else {
      void this.environments.refresh();
      if (event.kind === 'environment') {
        // Roles may have changed; where people have some, no event has a name.
        void this.readPermission();
      }
    }
  }

  private _onLost(): void {
    this._kernelsChanged.emit();
    void this.resync();
  }

  private _onEnvironments(): void {
    this._watchdog.update();
    const kernels = this.environments.environments
      .flatMap(item => item.kernels.map(({ name }) => name))
      .join('\n');
    // Told by the list as well, where the event itself did not come through.
    if (this._kernels !== null && this._kernels !== kernels) {
      this._kernelsChanged.emit();
    }
    this._kernels = kernels;
  }

  private readonly _client: EnvStoreClient.Operations;
  private readonly _feed: EventFeed;
  private readonly _stream: Event.Stream;
  private readonly _watchdog: Watchdog;
  private readonly _event = new Signal<this, IStoreEvent>(this);
  private readonly _infoChanged = new Signal<this, void>(this);
  private readonly _stale = new Signal<this, void>(this);
  private readonly _kernelsChanged = new Signal<this, void>(this);
  private _kernels: string | null = null;
  private readonly _loaded = new PromiseDelegate<void>();
  private _info: IServerInfo | null = null;
  private _permission: IPermission | null = null;
  private _sidebar: SidebarModel | null = null;
  private _isDisposed = false;
}

export namespace EnvStore {
  /** A build that the server has accepted. */
  export interface IAccepted {
    buildId: number;
    namespace: string;
    name: string;
  }

  export type IDraftOptions = Omit<DraftModel.IOptions, 'client' | 'store'>;
}
