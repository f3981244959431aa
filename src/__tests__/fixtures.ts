import type { Event } from '@jupyterlab/services';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { DetailClient } from '../api/detailClient';
import { EnvStoreError } from '../api/errors';
import type {
  IAdoption,
  IArtifact,
  IBuild,
  IBuildEvent,
  ICheckReply,
  ICleanup,
  ICleanupWish,
  IComparison,
  ICondaConfig,
  IConverted,
  IDeed,
  IDiagnosis,
  IEnvironment,
  IFinding,
  IEnvironmentName,
  IFoundPackage,
  IJournal,
  IKernel,
  INamespace,
  INamespaceUsage,
  IPackage,
  IPackageBrief,
  IPage,
  IPermission,
  IQueuedBuild,
  IProblem,
  IProgress,
  IRunningKernel,
  IServerInfo,
  ISolution,
  IStoreEvent,
  IStoreUsage,
  IUpkeep,
  ISubmitReply
} from '../api/types';
import { EVENT_SCHEMA } from '../model/feed';

/** A build as the server would send it. */
export function build(changes: Partial<IBuild> = {}): IBuild {
  return {
    id: 1,
    environment_id: 1,
    specification: null,
    packages: null,
    build_artifacts: null,
    namespace: 'me',
    name: 'analysis',
    status: 'COMPLETED',
    status_info: null,
    phase: null,
    progress: null,
    scheduled_on: '2026-11-20T08:45:10.838793',
    started_on: '2026-11-20T08:45:11.000000',
    ended_on: '2026-11-20T08:45:21.000000',
    cancel_requested: false,
    size: 1_900_000_000,
    text: 'name: analysis\ndependencies:\n  - python\n',
    published: true,
    pinned: false,
    locked: false,
    kernel_pinned: false,
    shelved_on: null,
    last_used_on: null,
    note: '',
    tags: [],
    attempts: 1,
    build_key: 'key',
    build_key_version: 2,
    size_own: 10_000_000,
    client: null,
    prefix: '/store/me/key',
    author: 'me',
    parent_build_id: null,
    read_only: false,
    warnings: [],
    failure: null,
    ...changes
  };
}

export function namespace(name = 'me'): IEnvironment['namespace'] {
  return {
    id: 1,
    name,
    metadata_: {},
    role_mappings: [],
    read_only: false,
    reason: null
  };
}

export function environment(changes: Partial<IEnvironment> = {}): IEnvironment {
  const latest = build();
  return {
    id: 1,
    namespace: namespace(),
    name: 'analysis',
    description: '',
    current_build_id: 1,
    current_build: null,
    published: true,
    latest_build: latest,
    published_build: latest,
    kernels: [],
    prefix: '/store/me/envs/analysis',
    text: latest.text,
    ...changes
  };
}

export function kernel(changes: Partial<IKernel> = {}): IKernel {
  return {
    name: 'envstore-me-analysis-python3',
    display_name: 'analysis (me)',
    language: 'python',
    namespace: 'me',
    environment: 'analysis',
    build_id: 1,
    pinned: false,
    ...changes
  };
}

/** A package of a build as the server would send it. */
export function installedPackage(changes: Partial<IPackage> = {}): IPackage {
  return {
    id: 1,
    channel: { id: 1, name: 'conda-forge', last_update: null },
    license: 'BSD-3-Clause',
    name: 'numpy',
    version: '2.1.3',
    summary: 'Arrays.',
    build: 'py312_0',
    build_number: 0,
    subdir: 'linux-64',
    size: 8_000_000,
    url: 'https://conda.anaconda.org/conda-forge/linux-64/numpy-2.1.3.conda',
    sha256: null,
    depends: ['python >=3.12,<3.13.0a0'],
    requested: false,
    required_by: [],
    manager: 'conda',
    ...changes
  };
}

/** How a verification ended. */
export function upkeep(changes: Partial<IUpkeep> = {}): IUpkeep {
  return {
    build_id: 1,
    task: 'verify',
    state: 'done',
    asked_on: '2026-11-20T08:45:10.838793',
    ended_on: '2026-11-20T08:45:12.000000',
    actor: 'me',
    files_done: 0,
    files_total: null,
    inspection: null,
    failure: null,
    ...changes
  };
}

export function problem(changes: Partial<IProblem> = {}): IProblem {
  return {
    place: 'dependencies[0]',
    message: 'No package is called nunpy.',
    hint: null,
    line: null,
    column: null,
    end_line: null,
    end_column: null,
    instead: [],
    missing: null,
    ...changes
  };
}

export function progress(changes: Partial<IProgress> = {}): IProgress {
  return {
    phase: 'DOWNLOADING',
    done: 31_000_000,
    total: 80_000_000,
    unit: 'bytes',
    bytes_done: 31_000_000,
    bytes_total: 80_000_000,
    packages_done: 3,
    packages_total: 12,
    detail: null,
    ...changes
  };
}

export function storeEvent(changes: Partial<IStoreEvent> = {}): IStoreEvent {
  return {
    seq: 1,
    at: '2026-11-20T08:45:10.838793',
    kind: 'build',
    namespace: 'me',
    environment: 'analysis',
    build_id: 1,
    status: 'BUILDING',
    phase: null,
    progress: null,
    echo: null,
    ...changes
  };
}

/** conda's configuration with two namespaces, one of them registered. */
export function condaConfig(changes: Partial<ICondaConfig> = {}): ICondaConfig {
  return {
    file: '/home/me/.condarc',
    exists: true,
    etag: 'first',
    backup: null,
    problem: null,
    alias: 'envs_dirs',
    entries: ['/home/me/.conda/envs', '/store/team/envs'],
    namespaces: [
      { namespace: 'me', directory: '/store/me/envs', registered: false },
      { namespace: 'team', directory: '/store/team/envs', registered: true }
    ],
    register: {
      namespaces: ['me'],
      diff: '--- /home/me/.condarc\n+++ /home/me/.condarc\n@@ -2,2 +2,3 @@\n   - /store/team/envs\n+  - /store/me/envs\n',
      removes_file: false,
      problem: null
    },
    unregister: {
      namespaces: ['team'],
      diff: '--- /home/me/.condarc\n+++ /home/me/.condarc\n@@ -2,3 +2,2 @@\n-  - /store/team/envs\n',
      removes_file: false,
      problem: null
    },
    search_order: ['/home/me/.conda/envs', '/store/team/envs'],
    other_files: [],
    settings: [],
    warnings: [],
    ...changes
  };
}

/** What a clean-up would take of two builds, and one that is protected. */
export function cleanupReply(changes: Partial<ICleanup> = {}): ICleanup {
  return {
    dry_run: true,
    builds: [
      {
        id: 1,
        namespace: 'me',
        environment: 'analysis',
        status: 'COMPLETED',
        reason: 'not the newest of its environment',
        last_used_on: '2026-11-20T08:45:10.838793',
        bytes: 20_000_000
      },
      {
        id: 2,
        namespace: 'me',
        environment: 'gpu',
        status: 'FAILED',
        reason: 'failed more than 7 days ago',
        last_used_on: null,
        bytes: 4000
      }
    ],
    kept: [
      { id: 3, namespace: 'me', environment: 'analysis', reason: 'pinned' }
    ],
    cache: { entries: 4, bytes: 30_000_000, left_alone: null },
    trash_bytes: 0,
    bytes: 50_004_000,
    ...changes
  };
}

/** A package of a channel. */
export function finding(changes: Partial<IFinding> = {}): IFinding {
  return {
    code: 'writable-files',
    severity: 'error',
    message: 'Others may change 3 files of builds.',
    meaning: 'Builds share files: who changes one changes it in all of them.',
    affects: 'Everybody who runs these builds.',
    command: 'chmod -R go-w /store/me',
    paths: ['/store/me/a', '/store/me/b'],
    mendable: true,
    mended: false,
    failure: null,
    ...changes
  };
}

export function foundPackage(
  name: string,
  changes: Partial<IFoundPackage> = {}
): IFoundPackage {
  return {
    id: 1,
    channel: {
      id: 1,
      name: 'https://conda.test/conda-forge',
      last_update: null
    },
    license: null,
    name,
    version: '1.0',
    summary: `What ${name} does`,
    build: '0',
    build_number: 0,
    subdir: 'noarch',
    size: 1000,
    url: `https://conda.test/conda-forge/noarch/${name}-1.0-0.conda`,
    sha256: null,
    timestamp: null,
    ...changes
  };
}

/** A dry run that found nothing to change. */
export function solution(changes: Partial<ISolution> = {}): ISolution {
  return {
    id: 'solve',
    packages: [],
    size: 0,
    download_size: 0,
    pip: [],
    current_build_id: null,
    difference: null,
    warnings: [],
    failure: null,
    ...changes
  };
}

/** A file that a build can be had as. */
export function artifact(changes: Partial<IArtifact> = {}): IArtifact {
  return {
    id: 1,
    artifact_type: 'CONDA_PACK',
    key: 'key',
    format: 'tar.gz',
    state: 'there',
    address: 'build/1/archive.tar.gz',
    size: 120_000_000,
    sha256: 'f00d',
    ...changes
  };
}

/** Two builds that do not differ. */
export function comparison(changes: Partial<IComparison> = {}): IComparison {
  const side = {
    build_id: 1,
    namespace: 'me',
    name: 'analysis',
    status: 'COMPLETED' as const,
    size: 1_000_000,
    size_own: 1000
  };
  const same = { added: [], removed: [], reordered: false };
  return {
    before: side,
    after: side,
    specification: {
      text: '',
      channels: same,
      dependencies: same,
      pip: same,
      variables: same
    },
    packages: { added: [], removed: [], changed: [], unchanged: 12 },
    ...changes
  };
}

/** A package as a comparison shows it. */
export function briefPackage(
  name: string,
  version: string,
  changes: Partial<IPackageBrief> = {}
): IPackageBrief {
  return {
    name,
    version,
    build: '0',
    channel: 'https://conda.test/conda-forge',
    subdir: 'noarch',
    size: 1000,
    url: `https://conda.test/conda-forge/noarch/${name}-${version}-0.conda`,
    sha256: null,
    requested: false,
    manager: 'conda',
    ...changes
  };
}

/** What a requirements.txt becomes. */
export function converted(changes: Partial<IConverted> = {}): IConverted {
  return {
    kind: 'requirements.txt',
    specification: 'dependencies:\n  - python\n  - pip:\n    - flask\n',
    is_lockfile: false,
    name: null,
    warnings: [],
    problems: [],
    ...changes
  };
}

/** A stream of Jupyter's event bus, into which a test emits. */
export class FakeStream extends Signal<Event.IManager, Event.Emission> {
  constructor() {
    super({} as Event.IManager);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Event.Emission> {
    throw new Error('The extension listens to the signal.');
  }

  tell(changes: Partial<IStoreEvent>): void {
    this.emit({
      schema_id: EVENT_SCHEMA,
      ...storeEvent(changes)
    } as unknown as Event.Emission);
  }
}

/** The user's settings: what is not set is undefined. */
export class FakeSettings {
  constructor(private readonly _values: { [name: string]: unknown } = {}) {}

  readonly changed = new Signal<this, void>(this);
  /** What was set here. */
  readonly sets: [string, unknown][] = [];

  get(name: string): { user: undefined; composite: unknown } {
    return { user: undefined, composite: this._values[name] };
  }

  async set(name: string, value: unknown): Promise<void> {
    this.sets.push([name, value]);
    this.change(name, value);
  }

  /** Set by somebody else, such as the settings editor. */
  change(name: string, value: unknown): void {
    this._values[name] = value;
    this.changed.emit();
  }

  get settings(): ISettingRegistry.ISettings {
    return this as unknown as ISettingRegistry.ISettings;
  }

  get registry(): ISettingRegistry {
    return { load: async () => this.settings } as unknown as ISettingRegistry;
  }
}

/** A store in memory, which answers as the server does. */
export class FakeClient implements DetailClient.Operations {
  /** The requests that were made, as `method argument argument`. */
  readonly calls: string[] = [];
  /** When set, every request fails with it. */
  failure: EnvStoreError | null = null;
  items: IEnvironment[] = [];
  stored: IBuild[] = [];
  journal: IStoreEvent[] = [];
  told: IBuildEvent[] = [];
  offered: IKernel[] = [];
  running: IRunningKernel[] = [];
  /** The packages of every build. */
  installed: IPackage[] = [];
  conda: ICondaConfig = condaConfig();
  held: IPermission = {
    authenticated: true,
    primary_namespace: 'me',
    entity_permissions: {
      '*/*': [
        'environment:create',
        'environment::update',
        'environment::delete',
        'build::cancel',
        'build::delete'
      ]
    },
    entity_roles: { '*/*': ['admin'] },
    expiration: '2026-11-21T08:43:47Z',
    read_only: {}
  };
  /** Why the database is not believed. */
  doubt: string | null = null;
  obstacle: string | null = null;
  lost: IAdoption['adopted'] = [];
  going: ICleanup = cleanupReply();
  verdict: ICheckReply = { name: 'analysis', problems: [], warnings: [] };
  /** What the doctor finds. */
  wrong: IDiagnosis = { findings: [], unexamined: [] };
  /** The packages of the channels. */
  offers: IFoundPackage[] = [];
  solved: ISolution = solution();
  made: IConverted = converted();
  compared: IComparison = comparison();
  files: IArtifact[] = [];
  deeds: IDeed[] = [];
  /** How a verification, a repair or a restoration ends. */
  lookedAfter: IUpkeep = upkeep();
  /** Where echoes come back; without it, nobody hears them. */
  bus: FakeStream | null = null;
  /** The names of environments with the packages that are asked for. */
  having: string[] = [];
  queued: IQueuedBuild[] = [];
  used: { [namespace: string]: INamespaceUsage } = {};
  /** The log's chunks; each request takes what is there. */
  logText = '';

  count(call: string): number {
    return this.calls.filter(made => made.startsWith(call)).length;
  }

  async detail(): Promise<DetailClient.Operations> {
    return this;
  }

  info(): Promise<IServerInfo> {
    return this._answer('info', {
      version: '0.1.0',
      store_id: 'store',
      store_directory: '/store',
      doubt: this.doubt,
      default_namespace: 'default',
      default_channels: ['conda-forge'],
      max_attempts: 3,
      obstacle: this.obstacle
    });
  }

  permission(): Promise<IPermission> {
    return this._answer('permission', this.held);
  }

  namespaces(): Promise<INamespace[]> {
    const names = new Map(
      this.items.map(({ namespace }) => [namespace.name, namespace])
    );
    return this._answer('namespaces', [...names.values()]);
  }

  environments(): Promise<IEnvironment[]> {
    return this._answer('environments', [...this.items]);
  }

  environment(namespace: string, name: string): Promise<IEnvironment> {
    const item = this.items.find(
      found => found.namespace.name === namespace && found.name === name
    );
    return item
      ? this._answer(`environment ${namespace}/${name}`, item)
      : this._refuse(`environment ${namespace}/${name}`, 404);
  }

  switchTo(namespace: string, name: string, buildId: number): Promise<void> {
    return this._answer(`switchTo ${namespace}/${name} ${buildId}`, undefined);
  }

  deleteEnvironment(namespace: string, name: string): Promise<void> {
    this.items = this.items.filter(item => item.name !== name);
    return this._answer(`deleteEnvironment ${namespace}/${name}`, undefined);
  }

  solve(text: string): Promise<ISolution> {
    return this._answer(`solve ${text}`, this.solved);
  }

  convert(file: { text: string; filename?: string }): Promise<IConverted> {
    return this._answer(`convert ${file.filename ?? ''}`, this.made);
  }

  findPackages(
    wanted: { search: string } | { versionsOf: string },
    channels: readonly string[]
  ): Promise<{ data: IFoundPackage[]; message: string | null }> {
    const isExact = 'versionsOf' in wanted;
    const text = isExact ? wanted.versionsOf : wanted.search;
    const data = this.offers.filter(({ name }) =>
      isExact ? name === text : name.includes(text)
    );
    return this._answer(`findPackages ${text} in ${channels.join()}`, {
      data,
      message: null
    });
  }

  /** Refuses, as the server does, an edit of what was overtaken by another one. */
  submit(
    text: string,
    namespace: string | null,
    _?: unknown,
    basedOn?: number | null
  ): Promise<ISubmitReply> {
    const call = `submit${basedOn ? ` based on ${basedOn}` : ''}`;
    const isOvertaken = this.items.some(
      item =>
        item.namespace.name === namespace &&
        item.latest_build.id > (basedOn || Infinity) &&
        item.text !== text
    );
    if (isOvertaken) {
      return this._refuse(call, 409);
    }
    const id = this.stored.length + 1;
    this.stored.push(
      build({ id, text, namespace: namespace ?? 'me', status: 'QUEUED' })
    );
    return this._answer(call, { build_id: id, warnings: [] });
  }

  check(text: string): Promise<ICheckReply> {
    return this._answer(`check ${text}`, this.verdict);
  }

  builds(): Promise<IPage<IBuild>> {
    const data = [...this.stored].reverse();
    return this._answer('builds', {
      data,
      page: 1,
      size: 50,
      count: data.length
    });
  }

  build(id: number): Promise<IBuild> {
    const found = this.stored.find(item => item.id === id);
    return found
      ? this._answer(`build ${id}`, found)
      : this._refuse(`build ${id}`, 404);
  }

  packages(
    id: number,
    options: { page?: number } = {}
  ): Promise<IPage<IPackage>> {
    const page = options.page ?? 1;
    const size = 100;
    return this._answer(`packages ${id} ${page}`, {
      data: this.installed.slice((page - 1) * size, page * size),
      page,
      size,
      count: this.installed.length
    });
  }

  rebuild(id: number): Promise<number> {
    const next = this.stored.length + 1;
    this.stored.push(build({ id: next, status: 'QUEUED' }));
    return this._answer(`rebuild ${id}`, next);
  }

  /** Flags the build, as the server does with one that runs. */
  cancel(id: number): Promise<string> {
    this.items = this.items.map(item =>
      item.latest_build.id === id
        ? {
            ...item,
            latest_build: { ...item.latest_build, cancel_requested: true }
          }
        : item
    );
    return this._answer(`cancel ${id}`, `build ${id} canceled`);
  }

  deleteBuild(id: number): Promise<void> {
    return this._answer(`deleteBuild ${id}`, undefined);
  }

  buildEvents(
    id: number,
    since: number
  ): Promise<{ events: IBuildEvent[]; next: number }> {
    return this._answer(`buildEvents ${id} ${since}`, {
      events: this.told.slice(since),
      next: this.told.length
    });
  }

  async events(since: number): Promise<IJournal> {
    const events = this.journal.filter(({ seq }) => (seq ?? 0) > since);
    const latest = Math.max(0, ...this.journal.map(({ seq }) => seq ?? 0));
    const journal = await this._answer('events', {
      events,
      next: events.at(-1)?.seq ?? since,
      latest
    });
    this.bus?.tell({ seq: null, kind: 'echo', echo: 'panel' });
    return journal;
  }

  environmentsWith(packages: readonly string[]): Promise<IEnvironmentName[]> {
    return this._answer(
      `environmentsWith ${packages.join()}`,
      this.items
        .filter(({ name }) => this.having.includes(name))
        .map(({ name, namespace }) => ({ name, namespace: namespace.name }))
    );
  }

  describe(namespace: string, name: string, text: string): Promise<void> {
    return this._answer(`describe ${namespace}/${name} ${text}`, undefined);
  }

  queue(): Promise<IQueuedBuild[]> {
    return this._answer('queue', this.queued);
  }

  kernels(): Promise<IKernel[]> {
    return this._answer('kernels', this.offered);
  }

  runningKernels(): Promise<IRunningKernel[]> {
    return this._answer('runningKernels', this.running);
  }

  condaConfig(namespace: string | null): Promise<ICondaConfig> {
    return this._answer(`condaConfig ${namespace ?? 'all'}`, this.conda);
  }

  /** Refuses, as the server does, an etag that is not that of `conda`. */
  changeCondaConfig(
    change: { register?: string[]; unregister?: string[] },
    etag: string
  ): Promise<ICondaConfig> {
    const call = `changeCondaConfig ${JSON.stringify(change)} ${etag}`;
    if (etag !== this.conda.etag) {
      return this._refuse(call, 409);
    }
    const { register = [], unregister = [] } = change;
    this.conda = {
      ...this.conda,
      etag: `${etag}+`,
      namespaces: this.conda.namespaces.map(item => ({
        ...item,
        registered:
          register.includes(item.namespace) ||
          (item.registered && !unregister.includes(item.namespace))
      }))
    };
    return this._answer(call, this.conda);
  }

  pinBuild(id: number): Promise<void> {
    return this._answer(`pinBuild ${id}`, undefined);
  }

  pinKernel(id: number, isPinned: boolean): Promise<void> {
    return this._answer(`pinKernel ${id} ${isPinned}`, undefined);
  }

  unpinBuild(id: number): Promise<void> {
    return this._answer(`unpinBuild ${id}`, undefined);
  }

  beginUpkeep(id: number, task: IUpkeep['task']): Promise<IUpkeep> {
    return this._answer(
      `beginUpkeep ${id} ${task}`,
      upkeep({ build_id: id, task, state: 'running', ended_on: null })
    );
  }

  upkeep(id: number): Promise<IUpkeep> {
    return this._answer(`upkeep ${id}`, this.lookedAfter);
  }

  endUpkeep(id: number): Promise<void> {
    return this._answer(`endUpkeep ${id}`, undefined);
  }

  shelve(id: number): Promise<void> {
    return this._answer(`shelve ${id}`, undefined);
  }

  /** Takes what is in `going`, once. */
  cleanUp(wish: ICleanupWish & { dry_run: boolean }): Promise<ICleanup> {
    const { dry_run: isPreview, ...rules } = wish;
    const reply = { ...this.going, dry_run: isPreview };
    if (!isPreview && this.failure === null) {
      this.going = { ...reply, builds: [], bytes: 0 };
      this.going.cache = { ...reply.cache, entries: 0, bytes: 0 };
    }
    const call = isPreview ? 'preview' : 'cleanUp';
    return this._answer(`${call} ${JSON.stringify(rules)}`, reply);
  }

  /** Makes the builds in `lost` known, and lays the doubt to rest. */
  adopt(isPreview: boolean): Promise<IAdoption> {
    const report: IAdoption = {
      dry_run: isPreview,
      adopted: this.lost,
      left: [],
      missing: [],
      doubt: isPreview ? this.doubt : null
    };
    if (!isPreview && this.failure === null) {
      this.doubt = null;
      this.lost = [];
    }
    return this._answer(isPreview ? 'previewAdoption' : 'adopt', report);
  }

  diagnosis(): Promise<IDiagnosis> {
    return this._answer('diagnosis', this.wrong);
  }

  /** Mends what can be mended, and says so once. */
  mend(only: readonly string[] | null): Promise<IDiagnosis> {
    const isMended = ({ code, mendable }: IFinding): boolean =>
      mendable && (only === null || only.includes(code));
    const { findings, unexamined } = this.wrong;
    this.wrong = {
      unexamined,
      findings: findings.filter(item => !isMended(item))
    };
    return this._answer(`mend ${only?.join() ?? 'all'}`, {
      unexamined,
      findings: findings.map(item => ({ ...item, mended: isMended(item) }))
    });
  }

  usage(): Promise<{ [namespace: string]: INamespaceUsage }> {
    return this._answer('usage', this.used);
  }

  storeUsage(): Promise<IStoreUsage> {
    const part = { size: 0, own: 0 };
    return this._answer('storeUsage', {
      size: 12_000_000_000,
      builds: part,
      packages: part,
      byte_code: part,
      wheels: part,
      archives: part,
      records: part,
      work: part,
      trash: part,
      free: 30_000_000_000,
      total: 100_000_000_000
    });
  }

  compare(before: number, after: number): Promise<IComparison> {
    return this._answer(`compare ${before} ${after}`, {
      ...this.compared,
      before: { ...this.compared.before, build_id: before },
      after: { ...this.compared.after, build_id: after }
    });
  }

  /** Leaves what is null as it is. */
  annotate(
    id: number,
    note: string | null,
    tags: string[] | null
  ): Promise<void> {
    const call = `annotate ${id} ${note} ${tags?.join() ?? null}`;
    if (this.failure === null) {
      this.stored = this.stored.map(item =>
        item.id === id
          ? { ...item, note: note ?? item.note, tags: tags ?? item.tags }
          : item
      );
    }
    return this._answer(call, undefined);
  }

  artifacts(id: number): Promise<IArtifact[]> {
    return this._answer(`artifacts ${id}`, this.files);
  }

  artifactText(address: string): Promise<string> {
    return this._answer(`artifactText ${address}`, `text of ${address}`);
  }

  artifactUrl(address: string): string {
    return `/envstore/api/v1/${address}`;
  }

  history(namespace: string, name: string): Promise<IPage<IDeed>> {
    return this._answer(`history ${namespace}/${name}`, {
      data: this.deeds,
      page: 1,
      size: 20,
      count: this.deeds.length
    });
  }

  usageOf(
    namespace: string,
    name: string
  ): Promise<{ size: number; own: number }> {
    return this._answer(`usageOf ${namespace}/${name}`, {
      size: 3_000_000_000,
      own: 1_000_000_000
    });
  }

  async log(
    id: number,
    offset: number,
    options: { follow?: boolean; signal?: AbortSignal } = {}
  ): Promise<Response> {
    const follow = options.follow ? ' follow' : '';
    await this._answer(`log ${id} ${offset}${follow}`, undefined);
    const bytes = new TextEncoder().encode(this.logText).slice(offset);
    return new Response(bytes, {
      headers: { 'X-Envstore-Log-Size': String(offset + bytes.length) }
    });
  }

  private async _answer<T>(call: string, value: T): Promise<T> {
    this.calls.push(call);
    await Promise.resolve();
    if (this.failure) {
      throw this.failure;
    }
    return value;
  }

  private async _refuse(call: string, status: number): Promise<never> {
    this.calls.push(call);
    throw new EnvStoreError({ kind: 'refused', status, message: 'Not found.' });
  }
}

/** Let the requests and their followers finish, without waiting for any timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) {
    await Promise.resolve();
  }
}
