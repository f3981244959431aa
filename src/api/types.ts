/**
 * The shapes that the server sends and accepts (`<base_url>envstore/api/v1/`).
 *
 * Names and spelling are those of the wire, so that a reply needs no translation.
 */

/** What a build is, as stored; the phase tells how far a running one has come. */
export type BuildStatus =
  'QUEUED' | 'BUILDING' | 'COMPLETED' | 'FAILED' | 'CANCELED';

/** The steps of a running build, in the order in which they come. */
export const PHASES = [
  'SOLVING',
  'DOWNLOADING',
  'LINKING',
  'PYPI',
  'COMPILING',
  'VERIFYING',
  'LOCKING',
  'PUBLISHING'
] as const;

export type Phase = (typeof PHASES)[number];

/** A finding in a specification. Lines and columns are 1-based, ends exclusive. */
export interface IProblem {
  place: string;
  message: string;
  hint: string | null;
  line: number | null;
  column: number | null;
  end_line: number | null;
  end_column: number | null;
}

export interface IProgress {
  phase: Phase;
  done: number;
  /** Null until it is known. */
  total: number | null;
  /** `bytes` while packages are downloaded, else `packages`. */
  unit: 'bytes' | 'packages';
  bytes_done: number;
  bytes_total: number | null;
  packages_done: number;
  packages_total: number | null;
  detail: string | null;
}

export interface INamespace {
  id: number;
  name: string;
}

/** A kernel that the store offers to notebooks. */
export interface IKernel {
  name: string;
  display_name: string;
  language: string;
  namespace: string;
  environment: string;
  build_id: number;
}

/** A build as listed inside its environment. Timestamps are naive UTC. */
export interface IBuildSummary {
  id: number;
  status: BuildStatus;
  status_info: string | null;
  phase: Phase | null;
  progress: IProgress | null;
  scheduled_on: string;
  started_on: string | null;
  ended_on: string | null;
  cancel_requested: boolean;
  /** Bytes on disk; null until the build has completed. */
  size: number | null;
}

export interface IEnvironment {
  id: number;
  namespace: INamespace;
  name: string;
  description: string | null;
  current_build_id: number | null;
  /** Whether the environment's link points at `current_build_id`. */
  published: boolean;
  latest_build: IBuildSummary | null;
  published_build: IBuildSummary | null;
  kernels: IKernel[];
  /** The path of the environment's link. */
  prefix: string | null;
  /** The specification of the newest build, as it was sent. */
  text: string;
}

/** Why a build failed, in words for the person who must act. */
export interface IFailure {
  kind: string;
  message: string;
  hint: string | null;
  /** The solver's own words, lines and indentation kept. */
  explanation: string | null;
  problems: IProblem[];
  suggestions: string[];
}

export interface IBuild extends IBuildSummary {
  environment_id: number;
  namespace: string;
  name: string;
  /** The specification as it was sent; null in lists. */
  text: string | null;
  published: boolean;
  attempts: number;
  build_key: string;
  prefix: string | null;
  author: string | null;
  parent_build_id: number | null;
  warnings: { message: string }[];
  failure: IFailure | null;
}

/** A line that a build's process wrote about itself. */
export interface IBuildEvent {
  seq: number;
  /** Seconds since the epoch. */
  at: number;
  type:
    | 'started'
    | 'phase'
    | 'progress'
    | 'solved'
    | 'warning'
    | 'log'
    | 'repeat'
    | 'refused'
    | 'finished';
  phase?: Phase;
}

/** An event of the store, from its journal or from Jupyter's event bus. */
export interface IStoreEvent {
  /** The number in the journal; null for progress, which is not kept. */
  seq: number | null;
  at: string;
  kind: 'build' | 'environment' | 'kernels' | 'progress';
  namespace: string | null;
  environment: string | null;
  build_id: number | null;
  status: BuildStatus | null;
  phase: Phase | null;
  progress: IProgress | null;
}

export interface IPermission {
  authenticated: boolean;
  primary_namespace: string;
  entity_permissions: { [pattern: string]: string[] };
}

export interface IServerInfo {
  version: string;
  store_directory: string;
  /** The channels of a specification that names none. */
  default_channels: string[];
}

export interface ISubmitReply {
  build_id: number;
  warnings: IProblem[];
}

export interface ICheckReply {
  name: string | null;
  problems: IProblem[];
  warnings: IProblem[];
}

/** A page of a list that the server counts. */
export interface IPage<T> {
  data: T[];
  page: number;
  size: number;
  count: number;
}

/** Whether a build will change by itself. */
export function isActive(build: { status: BuildStatus }): boolean {
  return build.status === 'QUEUED' || build.status === 'BUILDING';
}
