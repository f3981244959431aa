import { EnvStoreClient, pathOf } from './client';
import type { IRequest } from './transport';
import type {
  IArtifact,
  IBuild,
  IBuildEvent,
  ICheckReply,
  ICleanup,
  ICleanupWish,
  IComparison,
  IConverted,
  IDeed,
  IDiagnosis,
  IFoundPackage,
  INamespaceUsage,
  IPackage,
  IPage,
  ISolution,
  IStoreUsage,
  IUpkeep
} from './types';

/** The client of documents: beside the operations that all use, those on one build or text. */
export class DetailClient extends EnvStoreClient {
  /** All problems of a specification, or of a lockfile that has a name; nothing is stored. */
  check(
    text: string,
    namespace: string | null,
    options?: IRequest,
    lockfile?: string
  ): Promise<ICheckReply> {
    return this.data('POST', 'specification/check/', {
      ...options,
      body: {
        specification: text,
        namespace,
        ...(lockfile !== undefined && {
          is_lockfile: true,
          environment_name: lockfile
        })
      }
    });
  }

  /**
   * What a specification would be built of; nothing is stored. To abort it ends the
   * work on the server too.
   */
  solve(
    text: string,
    namespace: string | null,
    options?: IRequest
  ): Promise<ISolution> {
    return this.data('POST', 'solve/', {
      ...options,
      body: { specification: text, namespace }
    });
  }

  /** Make a specification of a file of any kind; nothing is stored. */
  convert(
    file: { text: string; filename?: string; environment?: string },
    options?: IRequest
  ): Promise<IConverted> {
    return this.data('POST', 'specification/convert/', {
      ...options,
      body: file
    });
  }

  /**
   * Packages of channels whose names have a text in them, the nearest names first;
   * one of each name, or with `versionsOf` one of each version of this package,
   * the newest first. `message` says why nothing may have been found.
   */
  async findPackages(
    wanted: { search: string } | { versionsOf: string },
    channels: readonly string[],
    options: IRequest & { size?: number } = {}
  ): Promise<{ data: IFoundPackage[]; message: string | null }> {
    const isExact = 'versionsOf' in wanted;
    const query: Record<string, string | readonly string[]> = {
      search: isExact ? wanted.versionsOf : wanted.search,
      distinct_on: isExact ? 'version' : 'name',
      channel: channels,
      size: String(options.size ?? 30),
      ...(isExact && { exact: 'true', sort_by: 'version', order: 'desc' })
    };
    return (await this.json('GET', 'package/', {
      ...options,
      query
    })) as unknown as { data: IFoundPackage[]; message: string | null };
  }

  /** A page of an environment's builds, the youngest first. */
  async builds(
    namespace: string,
    name: string,
    options: IRequest & { page?: number; size?: number } = {}
  ): Promise<IPage<IBuild>> {
    const query = {
      namespace,
      name,
      sort_by: 'scheduled_on',
      order: 'desc',
      page: String(options.page ?? 1),
      size: String(options.size ?? 100)
    };
    return (await this.json('GET', 'build/', {
      ...options,
      query
    })) as unknown as IPage<IBuild>;
  }

  /** A page of a build's packages. */
  async packages(
    id: number,
    options: IRequest & { page?: number } = {}
  ): Promise<IPage<IPackage>> {
    return (await this.json('GET', `build/${id}/packages/`, {
      ...options,
      query: { page: String(options.page ?? 1), sort_by: 'name' }
    })) as unknown as IPage<IPackage>;
  }

  /** What a clean-up would take; with `dry_run` false, what it took. */
  cleanUp(wish: ICleanupWish & { dry_run: boolean }): Promise<ICleanup> {
    return this.data('POST', 'cleanup/', { body: wish });
  }

  /** What is wrong around the store. */
  diagnosis(options?: IRequest): Promise<IDiagnosis> {
    return this.data('GET', 'store/doctor/', options);
  }

  /** Mend what the server may mend: findings with these codes, or without them all. */
  mend(only: readonly string[] | null): Promise<IDiagnosis> {
    return this.data('POST', 'store/doctor/', { body: { only } });
  }

  /** What namespaces, environments and builds occupy: the server measures it. */
  usage(): Promise<{ [namespace: string]: INamespaceUsage }> {
    return this.data('GET', 'usage/');
  }

  storeUsage(options?: IRequest): Promise<IStoreUsage> {
    return this.data('GET', 'usage/store/', options);
  }

  /** What a build's process told of itself after event number `since`. */
  buildEvents(
    id: number,
    since: number,
    options?: IRequest
  ): Promise<{ events: IBuildEvent[]; next: number }> {
    return this.data('GET', `build/${id}/events/`, {
      ...options,
      query: { since: String(since) }
    });
  }

  /**
   * The log of a build from a byte offset. With `follow`, the reply's body
   * grows with the log and ends when the build has ended.
   */
  log(
    id: number,
    offset: number,
    options: IRequest & { follow?: boolean } = {}
  ): Promise<Response> {
    const query: Record<string, string> = { offset: String(offset) };
    if (options.follow) {
      query.follow = '1';
    }
    return this.fetch('GET', `build/${id}/logs/`, { ...options, query });
  }

  /** What differs from one build to another. */
  compare(
    before: number,
    after: number,
    options?: IRequest
  ): Promise<IComparison> {
    return this.data('GET', `build/${before}/diff/${after}/`, options);
  }

  /** Write a note on a build, and give it tags. */
  async annotate(
    id: number,
    note: string | null,
    tags: string[] | null
  ): Promise<void> {
    await this.data('PUT', `build/${id}/annotations/`, {
      body: { note, tags }
    });
  }

  /** Begin to verify, repair or restore a build. */
  beginUpkeep(id: number, task: IUpkeep['task']): Promise<IUpkeep> {
    return task === 'restore'
      ? this.data('DELETE', `build/${id}/shelf/`)
      : this.data('POST', `build/${id}/${task}/`, {
          // What somebody saved there stays.
          body: task === 'repair' ? { keep_added: true } : undefined
        });
  }

  /** How that goes, or how it ended. */
  upkeep(id: number, options?: IRequest): Promise<IUpkeep> {
    return this.data('GET', `build/${id}/verify/`, options);
  }

  async endUpkeep(id: number): Promise<void> {
    await this.data('DELETE', `build/${id}/verify/`);
  }

  /** Take the files of a build off the disk. */
  async shelve(id: number): Promise<void> {
    await this.data('PUT', `build/${id}/shelf/`);
  }

  /** The files that a build can be had as. */
  artifacts(id: number, options?: IRequest): Promise<IArtifact[]> {
    return this.data('GET', `build/${id}/artifacts/`, options);
  }

  /** The text of an artifact that is one; rejects with status 404 if there is none. */
  async artifactText(address: string, options?: IRequest): Promise<string> {
    return (await this.fetch('GET', address, options)).text();
  }

  /** Where a browser can download an artifact from. */
  artifactUrl(address: string): string {
    return this.urlOf(address);
  }

  /** A page of what was done to an environment, the newest deed first. */
  async history(
    namespace: string,
    name: string,
    options: IRequest & { size?: number } = {}
  ): Promise<IPage<IDeed>> {
    return (await this.json('GET', `${pathOf(namespace, name)}history/`, {
      ...options,
      query: { sort_by: 'id', order: 'desc', size: String(options.size ?? 20) }
    })) as unknown as IPage<IDeed>;
  }

  async describe(
    namespace: string,
    name: string,
    description: string
  ): Promise<void> {
    await this.data('PUT', pathOf(namespace, name), { body: { description } });
  }

  /** What all builds of an environment occupy, in bytes: the server measures it. */
  async usageOf(
    namespace: string,
    name: string
  ): Promise<{ size: number; own: number }> {
    const usage = await this.usage();
    return (
      usage[namespace]?.environments.find(item => item.name === name) ?? {
        size: 0,
        own: 0
      }
    );
  }
}

export namespace DetailClient {
  export type Operations = Pick<DetailClient, keyof DetailClient>;
}
