import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { EnvStoreError } from './errors';
import type {
  IAdoption,
  IBuild,
  IBuildEvent,
  ICheckReply,
  ICleanup,
  ICleanupWish,
  ICondaConfig,
  IConverted,
  IEnvironment,
  IFoundPackage,
  IKernel,
  INamespace,
  IPackage,
  IPage,
  IPermission,
  IServerInfo,
  ISolution,
  IStoreEvent,
  IStoreUsage,
  ISubmitReply
} from './types';

const API = 'envstore/api/v1';

/**
 * The only caller of the store's REST API: one method an operation, no state.
 *
 * Every method rejects with `EnvStoreError`, or with an `AbortError` when its
 * signal was aborted.
 */
export class EnvStoreClient {
  constructor(options: EnvStoreClient.IOptions = {}) {
    this._settings = options.serverSettings ?? ServerConnection.makeSettings();
  }

  info(options?: EnvStoreClient.IRequest): Promise<IServerInfo> {
    return this._data('GET', '', options);
  }

  permission(options?: EnvStoreClient.IRequest): Promise<IPermission> {
    return this._data('GET', 'permission/', options);
  }

  namespaces(options?: EnvStoreClient.IRequest): Promise<INamespace[]> {
    return this._data('GET', 'namespace/', options);
  }

  environments(options?: EnvStoreClient.IRequest): Promise<IEnvironment[]> {
    return this._data('GET', 'environment/', options);
  }

  environment(
    namespace: string,
    name: string,
    options?: EnvStoreClient.IRequest
  ): Promise<IEnvironment> {
    return this._data('GET', environmentPath(namespace, name), options);
  }

  /** Make a completed build the current one of its environment. */
  async switchTo(
    namespace: string,
    name: string,
    buildId: number
  ): Promise<void> {
    await this._data('PUT', environmentPath(namespace, name), {
      body: { build_id: buildId }
    });
  }

  async deleteEnvironment(namespace: string, name: string): Promise<void> {
    await this._data('DELETE', environmentPath(namespace, name));
  }

  /** Ask for a build of a specification, as YAML text, or of a lockfile under a name. */
  submit(
    text: string,
    namespace: string | null,
    lockfile?: { name: string; description: string }
  ): Promise<ISubmitReply> {
    return this._data('POST', 'specification/', {
      body: {
        specification: text,
        namespace,
        ...(lockfile && {
          is_lockfile: true,
          environment_name: lockfile.name,
          environment_description: lockfile.description
        })
      }
    });
  }

  /** All problems of a specification; nothing is stored. */
  check(
    text: string,
    namespace: string | null,
    options?: EnvStoreClient.IRequest
  ): Promise<ICheckReply> {
    return this._data('POST', 'specification/check/', {
      ...options,
      body: { specification: text, namespace }
    });
  }

  /**
   * What a specification would be built of; nothing is stored. To abort it ends the
   * work on the server too.
   */
  solve(
    text: string,
    namespace: string | null,
    options?: EnvStoreClient.IRequest
  ): Promise<ISolution> {
    return this._data('POST', 'solve/', {
      ...options,
      body: { specification: text, namespace }
    });
  }

  /** Make a specification of a file of any kind; nothing is stored. */
  convert(
    file: { text: string; filename?: string; environment?: string },
    options?: EnvStoreClient.IRequest
  ): Promise<IConverted> {
    return this._data('POST', 'specification/convert/', {
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
    options: EnvStoreClient.IRequest & { size?: number } = {}
  ): Promise<{ data: IFoundPackage[]; message: string | null }> {
    const isExact = 'versionsOf' in wanted;
    const query: Record<string, string | readonly string[]> = {
      search: isExact ? wanted.versionsOf : wanted.search,
      distinct_on: isExact ? 'version' : 'name',
      channel: channels,
      size: String(options.size ?? 30),
      ...(isExact && { exact: 'true', sort_by: 'version', order: 'desc' })
    };
    return (await this._json('GET', 'package/', {
      ...options,
      query
    })) as unknown as { data: IFoundPackage[]; message: string | null };
  }

  /** A page of an environment's builds, the youngest first. */
  async builds(
    namespace: string,
    name: string,
    options: EnvStoreClient.IRequest & { page?: number; size?: number } = {}
  ): Promise<IPage<IBuild>> {
    const query = {
      namespace,
      name,
      sort_by: 'scheduled_on',
      order: 'desc',
      page: String(options.page ?? 1),
      size: String(options.size ?? 100)
    };
    return (await this._json('GET', 'build/', {
      ...options,
      query
    })) as unknown as IPage<IBuild>;
  }

  build(id: number, options?: EnvStoreClient.IRequest): Promise<IBuild> {
    return this._data('GET', `build/${id}/`, options);
  }

  /** A page of a build's packages. */
  async packages(
    id: number,
    options: EnvStoreClient.IRequest & { page?: number } = {}
  ): Promise<IPage<IPackage>> {
    return (await this._json('GET', `build/${id}/packages/`, {
      ...options,
      query: { page: String(options.page ?? 1), sort_by: 'name' }
    })) as unknown as IPage<IPackage>;
  }

  async rebuild(id: number): Promise<number> {
    const reply = await this._data<{ build_id: number }>('PUT', `build/${id}/`);
    return reply.build_id;
  }

  /** Ask a build to stop; resolves with the server's sentence on what came of it. */
  async cancel(id: number): Promise<string> {
    const reply = await this._json('PUT', `build/${id}/cancel/`);
    return typeof reply.message === 'string' ? reply.message : '';
  }

  async deleteBuild(id: number): Promise<void> {
    await this._data('DELETE', `build/${id}/`);
  }

  /** Keep a build from deletion and clean-up. */
  async pinBuild(id: number): Promise<void> {
    await this._data('PUT', `build/${id}/pin/`);
  }

  async unpinBuild(id: number): Promise<void> {
    await this._data('DELETE', `build/${id}/pin/`);
  }

  /** Offer a build's kernels under names of their own, or no longer. */
  async pinKernel(id: number, isPinned: boolean): Promise<void> {
    await this._data(isPinned ? 'PUT' : 'DELETE', `build/${id}/kernel/`);
  }

  /** What a clean-up would take; with `dry_run` false, what it took. */
  cleanUp(wish: ICleanupWish & { dry_run: boolean }): Promise<ICleanup> {
    return this._data('POST', 'cleanup/', { body: wish });
  }

  /** Make builds known that the database has lost; `isPreview` only says which. */
  adopt(isPreview: boolean): Promise<IAdoption> {
    return this._data('POST', 'store/adopt/', { body: { dry_run: isPreview } });
  }

  storeUsage(options?: EnvStoreClient.IRequest): Promise<IStoreUsage> {
    return this._data('GET', 'usage/store/', options);
  }

  /** What a build's process told of itself after event number `since`. */
  buildEvents(
    id: number,
    since: number,
    options?: EnvStoreClient.IRequest
  ): Promise<{ events: IBuildEvent[]; next: number }> {
    return this._data('GET', `build/${id}/events/`, {
      ...options,
      query: { since: String(since) }
    });
  }

  /** The store's journal after number `since`. */
  events(
    since: number,
    options?: EnvStoreClient.IRequest
  ): Promise<{ events: IStoreEvent[]; next: number }> {
    return this._data('GET', 'events/', {
      ...options,
      query: { since: String(since) }
    });
  }

  kernels(options?: EnvStoreClient.IRequest): Promise<IKernel[]> {
    return this._data('GET', 'kernels/', options);
  }

  /**
   * The state of conda's configuration; the changes that it previews are about
   * one namespace, or about all.
   */
  condaConfig(
    namespace: string | null,
    options?: EnvStoreClient.IRequest
  ): Promise<ICondaConfig> {
    return this._data('GET', 'conda-config/', {
      ...options,
      ...(namespace !== null && { query: { namespace } })
    });
  }

  /**
   * Write the change to conda's configuration file, if it is still the file with
   * this etag: otherwise rejects with status 409. Resolves with the new state.
   */
  changeCondaConfig(
    change: { register?: string[]; unregister?: string[] },
    etag: string
  ): Promise<ICondaConfig> {
    return this._data('PUT', 'conda-config/', {
      body: change,
      headers: { 'If-Match': etag }
    });
  }

  /**
   * The log of a build from a byte offset. With `follow`, the reply's body
   * grows with the log and ends when the build has ended.
   */
  log(
    id: number,
    offset: number,
    options: EnvStoreClient.IRequest & { follow?: boolean } = {}
  ): Promise<Response> {
    const query: Record<string, string> = { offset: String(offset) };
    if (options.follow) {
      query.follow = '1';
    }
    return this._fetch('GET', `build/${id}/logs/`, { ...options, query });
  }

  private async _data<T>(
    method: string,
    path: string,
    options?: ICall
  ): Promise<T> {
    return (await this._json(method, path, options)).data as T;
  }

  private async _json(
    method: string,
    path: string,
    options?: ICall
  ): Promise<Record<string, unknown>> {
    const response = await this._fetch(method, path, options);
    const envelope = await readObject(response);
    if (envelope === null || !('status' in envelope)) {
      throwIfAborted(options?.signal);
      throw new EnvStoreError({
        kind: 'absent',
        status: response.status,
        message: 'The server sent something that is not a reply of the store.',
        hint: 'Check that a proxy between the browser and the server does not rewrite replies.'
      });
    }
    return envelope;
  }

  private async _fetch(
    method: string,
    path: string,
    options: ICall = {}
  ): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) {
      for (const item of [value].flat()) {
        query.append(name, item);
      }
    }
    if (options.background) {
      // An automatic request must not keep an idle server from being culled.
      query.set('no_track_activity', '1');
    }
    const url =
      `${URLExt.join(this._settings.baseUrl, API)}/${path}?${query}`.replace(
        /\?$/,
        ''
      );
    // The settings' headers are not merged with those of a request.
    const headers = new Headers(this._settings.init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers.set(name, value);
    }
    const init: RequestInit = {
      method,
      headers,
      signal: options.signal ?? null
    };
    if (options.body !== undefined) {
      init.body = JSON.stringify(options.body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch (error) {
      // The settings' wrapper hides that the caller itself gave up.
      throwIfAborted(options.signal);
      throw new EnvStoreError({
        kind: 'unreachable',
        message: `The server did not answer: ${(error as Error).message}`
      });
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    return response;
  }

  private readonly _settings: ServerConnection.ISettings;
}

export namespace EnvStoreClient {
  /** What the client can do, for whoever is content with another one. */
  export type Operations = Pick<EnvStoreClient, keyof EnvStoreClient>;

  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
  }

  export interface IRequest {
    signal?: AbortSignal;
    /** The request was made by no one's click. */
    background?: boolean;
  }
}

interface ICall extends EnvStoreClient.IRequest {
  query?: Record<string, string | readonly string[]>;
  headers?: Record<string, string>;
  body?: unknown;
}

function environmentPath(namespace: string, name: string): string {
  return `environment/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/`;
}

/** Throws an `AbortError` when the caller has given up. */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new DOMException('The request was given up.', 'AbortError');
  }
}

async function readObject(
  response: Response
): Promise<Record<string, unknown> | null> {
  try {
    const value: unknown = await response.json();
    return value !== null && typeof value === 'object'
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

async function refusal(response: Response): Promise<EnvStoreError> {
  const { status, statusText } = response;
  const reply = (await readObject(response)) ?? {};
  // Jupyter's own errors have a message, but not the store's envelope.
  const ours = reply.status === 'error';
  return new EnvStoreError({
    kind: status === 404 && !ours ? 'absent' : 'refused',
    status,
    message:
      typeof reply.message === 'string' && reply.message !== ''
        ? reply.message
        : `The server answered ${status} ${statusText}.`,
    hint: typeof reply.hint === 'string' ? reply.hint : null,
    problems: Array.isArray(reply.problems) ? reply.problems : []
  });
}
