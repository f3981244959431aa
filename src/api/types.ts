/**
 * The shapes that the server sends and accepts (`<base_url>envstore/api/v1/`).
 *
 * They are generated from the server's own description of its API, so that the
 * two cannot drift apart; this file gives them the names that the panel uses.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

/** What a build is, as stored; the phase tells how far a running one has come. */
export type BuildStatus = Schemas['BuildStatus'];

/** How far a running build is. */
export type Phase = Schemas['Phase'];

/** The steps of a running build, in the order in which they come. */
export const PHASES: readonly Phase[] = [
  'SOLVING',
  'DOWNLOADING',
  'LINKING',
  'PYPI',
  'COMPILING',
  'VERIFYING',
  'LOCKING',
  'PUBLISHING'
];

/** A finding in a specification. Lines and columns are 1-based, ends exclusive. */
export type IProblem = Schemas['Problem'];

export type IProgress = Schemas['ProgressReply'];

export type INamespace = Schemas['NamespaceEntry'];

/** A kernel that the store offers to notebooks. */
export type IKernel = Schemas['KernelReply'];

/** A kernel of this server, and the build that it was started with. */
export type IRunningKernel = Schemas['RunningKernel'];

/** A build as listed inside its environment. Timestamps are naive UTC. */
export type IBuildSummary = Schemas['BuildSummary'];

export type IEnvironment = Schemas['EnvironmentReply'];

/** Why a build failed, in words for the person who must act. */
export type IFailure = Schemas['FailureReply'];

export type IBuild = Schemas['BuildReply'];

/** What differs from one build to another. */
export type IComparison = Schemas['ComparisonReply'];

/** A file that a build can be had as. */
export type IArtifact = Schemas['ArtifactFileReply'];

/** How a verification, a repair or a restoration goes, or how the last one ended. */
export type IUpkeep = Schemas['UpkeepReply'];

/** Something that was done to an environment. */
export type IDeed = Schemas['HistoryReply'];

/** A package of a finished build. */
export type IPackage = Schemas['PackageReply'];

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
    | 'repeat'
    | 'refused'
    | 'finished';
  phase?: Phase;
}

/** An event of the store, from its journal or from Jupyter's event bus. */
export type IStoreEvent = Schemas['StoreEventReply'];

/** The store's journal from a number on. */
export type IJournal = Schemas['StoreEventsReply'];

/** A build that runs, or waits for its turn. */
export type IQueuedBuild = Schemas['QueuedBuildReply'];

export type IEnvironmentName = Schemas['EnvironmentNameReply'];

/** What the user may do; keys are `namespace/environment`, with `*` for any. */
export type IPermission = Schemas['PermissionReply'];

/** conda's configuration, as far as the store is concerned. */
export type ICondaConfig = Schemas['CondaConfig'];

/** What a change would do to conda's configuration file. */
export type ICondarcChange = Schemas['CondarcChange'];

/** A setting of conda's, and whether builds use it. */
export type ICondaSetting = Schemas['ShownSetting'];

export type IServerInfo = Schemas['StatusReply'];

export type ISubmitReply = Schemas['SubmittedReply'];

export type ICheckReply = Schemas['CheckedReply'];

/** What a specification would be built of, or why it cannot be. */
export type ISolution = Schemas['SolvedReply'];

/** A package, as far as it tells one from another. */
export type IPackageBrief = Schemas['PackageBrief'];

/** What differs between the packages of two builds. */
export type IPackageDifference = Schemas['PackageDifferenceReply'];

/** A package as a channel offers it. */
export type IFoundPackage = Schemas['FoundPackageReply'];

/** What became of a file of another kind. */
export type IConverted = Schemas['ConvertedReply'];

/** What is wrong, or could go wrong, with the store and what is around it. */
export type IDiagnosis = Schemas['Diagnosis'];

export type IFinding = Schemas['Finding'];

/** Which builds on disk became known again, or would. */
export type IAdoption = Schemas['AdoptionReport'];

/** What a clean-up takes, or would take. */
export type ICleanup = Schemas['CleanupReply'];

/** The rules of a clean-up; what is left out is as the server is set. */
export type ICleanupWish = Omit<Partial<Schemas['CleanUp']>, 'dry_run'>;

/** What the builds of a namespace occupy, in bytes. */
export type INamespaceUsage = Schemas['NamespaceUsage'];

export type IGoneBuild = ICleanup['builds'][number];

/** What the store occupies, in bytes. */
export type IStoreUsage = Schemas['StoreUsage'];

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

/** Whether a build is finished and on the disk: a shelved one can only be restored. */
export function hasFiles(
  build: Pick<IBuildSummary, 'status' | 'shelved_on'>
): boolean {
  return build.status === 'COMPLETED' && build.shelved_on === null;
}
