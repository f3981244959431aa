import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import type { DetailClient } from './detailClient';
import type { IRequest } from './transport';
import { Transport } from './transport';
import type {
  IAdoption,
  IBuild,
  ICondaConfig,
  IEnvironment,
  IEnvironmentName,
  IJournal,
  IKernel,
  INamespace,
  IPermission,
  IQueuedBuild,
  IRunningKernel,
  IServerInfo,
  ISubmitReply
} from './types';

/**
 * The only caller of the store's REST API: one method an operation, no state.
 *
 * Every method rejects with `EnvStoreError`, or with an `AbortError` when its
 * signal was aborted.
 */
export class EnvStoreClient extends Transport {
  constructor(options: EnvStoreClient.IOptions = {}) {
    super(
      options.serverSettings ?? ServerConnection.makeSettings(),
      options.trans ?? nullTranslator.load(''),
      options.onDenied
    );
  }

  /** This client with the operations that only documents use, loaded with the first of them. */
  async detail(): Promise<DetailClient.Operations> {
    const { DetailClient } = await import(
      /* webpackChunkName: "documents" */ './detailClient'
    );
    return new DetailClient({
      serverSettings: this.settings,
      trans: this.trans,
      ...(this.onDenied && { onDenied: this.onDenied })
    });
  }

  info(options?: IRequest): Promise<IServerInfo> {
    return this.data('GET', '', options);
  }

  permission(options?: IRequest): Promise<IPermission> {
    return this.data('GET', 'permission/', options);
  }

  namespaces(options?: IRequest): Promise<INamespace[]> {
    return this.data('GET', 'namespace/', options);
  }

  environments(options?: IRequest): Promise<IEnvironment[]> {
    return this.data('GET', 'environment/', options);
  }

  environment(
    namespace: string,
    name: string,
    options?: IRequest
  ): Promise<IEnvironment> {
    return this.data('GET', pathOf(namespace, name), options);
  }

  /** The environments whose current builds have all of these packages. */
  environmentsWith(
    packages: readonly string[],
    options?: IRequest
  ): Promise<IEnvironmentName[]> {
    return this.data('GET', 'environment-names/', {
      ...options,
      query: { packages }
    });
  }

  /** What is built at present, then what waits, in the order of its turns. */
  queue(options?: IRequest): Promise<IQueuedBuild[]> {
    return this.data('GET', 'queue/', options);
  }

  /** Make a completed build the current one of its environment. */
  async switchTo(
    namespace: string,
    name: string,
    buildId: number
  ): Promise<void> {
    await this.data('PUT', pathOf(namespace, name), {
      body: { build_id: buildId }
    });
  }

  async deleteEnvironment(namespace: string, name: string): Promise<void> {
    await this.data('DELETE', pathOf(namespace, name));
  }

  /**
   * Ask for a build of a specification, as YAML text, or of a lockfile under a name.
   *
   * Rejects with status 409 if another specification was built than that of the build
   * which it is based on.
   */
  submit(
    text: string,
    namespace: string | null,
    lockfile?: { name: string; description: string },
    basedOn?: number | null
  ): Promise<ISubmitReply> {
    return this.data('POST', 'specification/', {
      body: {
        specification: text,
        namespace,
        ...(basedOn && { based_on: basedOn }),
        ...(lockfile && {
          is_lockfile: true,
          environment_name: lockfile.name,
          environment_description: lockfile.description
        })
      }
    });
  }

  build(id: number, options?: IRequest): Promise<IBuild> {
    return this.data('GET', `build/${id}/`, options);
  }

  async rebuild(id: number): Promise<number> {
    const reply = await this.data<{ build_id: number }>('PUT', `build/${id}/`);
    return reply.build_id;
  }

  /** Ask a build to stop; resolves with the server's sentence on what came of it. */
  async cancel(id: number): Promise<string> {
    const reply = await this.json('PUT', `build/${id}/cancel/`);
    return typeof reply.message === 'string' ? reply.message : '';
  }

  async deleteBuild(id: number): Promise<void> {
    await this.data('DELETE', `build/${id}/`);
  }

  /** Keep a build from deletion and clean-up. */
  async pinBuild(id: number): Promise<void> {
    await this.data('PUT', `build/${id}/pin/`);
  }

  async unpinBuild(id: number): Promise<void> {
    await this.data('DELETE', `build/${id}/pin/`);
  }

  /** Offer a build's kernels under names of their own, or no longer. */
  async pinKernel(id: number, isPinned: boolean): Promise<void> {
    await this.data(isPinned ? 'PUT' : 'DELETE', `build/${id}/kernel/`);
  }

  /** Make builds known that the database has lost; `isPreview` only says which. */
  adopt(isPreview: boolean): Promise<IAdoption> {
    return this.data('POST', 'store/adopt/', { body: { dry_run: isPreview } });
  }

  /**
   * The store's journal after number `since`. The server sends an echo over its
   * event bus as well: who hears it hears all events.
   */
  events(since: number, options?: IRequest): Promise<IJournal> {
    return this.data('GET', 'events/', {
      ...options,
      query: { since: String(since), echo: 'panel' }
    });
  }

  kernels(options?: IRequest): Promise<IKernel[]> {
    return this.data('GET', 'kernels/', options);
  }

  /** The kernels that run from builds, and from which. */
  runningKernels(options?: IRequest): Promise<IRunningKernel[]> {
    return this.data('GET', 'kernels/running/', options);
  }

  /**
   * The state of conda's configuration; the changes that it previews are about
   * one namespace, or about all.
   */
  condaConfig(
    namespace: string | null,
    options?: IRequest
  ): Promise<ICondaConfig> {
    return this.data('GET', 'conda-config/', {
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
    return this.data('PUT', 'conda-config/', {
      body: change,
      headers: { 'If-Match': etag }
    });
  }
}

export namespace EnvStoreClient {
  /** What the client can do, for whoever is content with another one. */
  export type Operations = Pick<EnvStoreClient, keyof EnvStoreClient>;

  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
    trans?: TranslationBundle;
    onDenied?: () => void;
  }
}

/** The path of an environment below the API's root. */
export function pathOf(namespace: string, name: string): string {
  return `environment/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/`;
}
