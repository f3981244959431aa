import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IBuild, IBuildEvent, IStoreEvent } from '../api/types';
import { isActive } from '../api/types';
import { channelsWith } from './channels';
import { Coalesced } from './coalesce';
import { withProgress } from './environments';
import { LogModel } from './log';
import { PackagesModel } from './packages';
import type { IPhaseSpan } from './timeline';
import { phaseSpans } from './timeline';

/** One build in full: its specification, phases, failure and log. */
export class BuildModel implements IDisposable {
  constructor(options: { client: BuildModel.Client; id: number }) {
    this.id = options.id;
    this._client = options.client;
    this._refresh = new Coalesced(() => this._load());
    this.packages = new PackagesModel({
      client: options.client,
      buildId: options.id
    });
    this.log = new LogModel({
      client: options.client,
      buildId: options.id,
      isActive: () => this._build === null || isActive(this._build)
    });
  }

  readonly id: number;
  readonly log: LogModel;
  readonly packages: PackagesModel;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until it was read. */
  get build(): IBuild | null {
    return this._build;
  }

  get error(): EnvStoreError | null {
    return this._error;
  }

  /** How many builds are ahead in the queue; null for one that does not wait. */
  get ahead(): number | null {
    return this._ahead;
  }

  get spans(): readonly IPhaseSpan[] {
    return this._spans;
  }

  /** When the running phase began, as the server says, but never in the future. */
  get phaseSince(): number {
    return this._phaseSince;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.log.dispose();
    this.packages.dispose();
    Signal.clearData(this);
  }

  refresh(): Promise<void> {
    return this._refresh.call();
  }

  applyProgress(event: IStoreEvent): void {
    if (this._build === null || !isActive(this._build)) {
      return;
    }
    const isNewPhase = event.phase !== this._build.phase;
    this._build = withProgress(this._build, event);
    this._changed.emit();
    if (isNewPhase) {
      void this.refresh();
    }
  }

  /** Whether a kernel of this server runs from it. */
  async isInUse(): Promise<boolean> {
    const running = await this._client.runningKernels({ background: true });
    return running.some(({ build_id }) => build_id === this.id);
  }

  /** The channels that have a package, of those that the store knows. */
  channelsWith(name: string): Promise<readonly string[]> {
    return channelsWith(this._client, name);
  }

  private async _countAhead(): Promise<number | null> {
    const queue = await this._client.queue({ background: true });
    const place = queue.find(({ build }) => build.id === this.id)?.position;
    return place ? place - 1 : null;
  }

  private async _load(): Promise<void> {
    try {
      const options = { background: this._build !== null };
      const [build, told] = await Promise.all([
        this._client.build(this.id, options),
        this._client.buildEvents(this.id, this._next, options)
      ]);
      this._events.push(...told.events.filter(isOfPhases));
      this._next = told.next;
      this._build = build;
      this._error = null;
      this._ahead = build.status === 'QUEUED' ? await this._countAhead() : null;
      if (this.log.state === 'error') {
        // The server is back.
        void this.log.start();
      }
      if (this.packages.error) {
        void this.packages.load();
      }
    } catch (error) {
      this._error = error as EnvStoreError;
    }
    if (this._isDisposed) {
      return;
    }
    this._spans = phaseSpans(this._events);
    const last = this._events.filter(({ type }) => type === 'phase').pop();
    this._phaseSince = Math.min(Date.now(), (last?.at ?? 0) * 1000);
    this._changed.emit();
  }

  private readonly _client: BuildModel.Client;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _refresh: Coalesced;
  private _build: IBuild | null = null;
  private _error: EnvStoreError | null = null;
  private _ahead: number | null = null;
  private readonly _events: IBuildEvent[] = [];
  private _next = 0;
  private _spans: IPhaseSpan[] = [];
  private _phaseSince = 0;
  private _isDisposed = false;
}

export namespace BuildModel {
  export type Client = Pick<
    DetailClient,
    'build' | 'buildEvents' | 'queue' | 'findPackages' | 'runningKernels'
  > &
    LogModel.Client &
    PackagesModel.Client;
}

function isOfPhases({ type }: IBuildEvent): boolean {
  return ['started', 'phase', 'refused', 'finished'].includes(type);
}
