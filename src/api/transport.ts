import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { EnvStoreError } from './errors';

const API = 'envstore/api/v1';

/** How a request is made, whatever it asks for. */
export interface IRequest {
  signal?: AbortSignal;
  /** The request was made by no one's click. */
  background?: boolean;
}

interface ICall extends IRequest {
  query?: Record<string, string | readonly string[]>;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Sends requests to the store's REST API, and makes errors of its refusals. */
export class Transport {
  constructor(
    protected readonly settings: ServerConnection.ISettings,
    /** For what the browser itself has to say of a failure; the server speaks English. */
    protected readonly trans: TranslationBundle,
    /** Called when what somebody clicked for is forbidden. */
    protected readonly onDenied?: () => void
  ) {}

  protected async data<T>(
    method: string,
    path: string,
    options?: ICall
  ): Promise<T> {
    return (await this.json(method, path, options)).data as T;
  }

  protected async json(
    method: string,
    path: string,
    options?: ICall
  ): Promise<Record<string, unknown>> {
    const response = await this.fetch(method, path, options);
    const envelope = await readObject(response);
    if (envelope === null || !('status' in envelope)) {
      throwIfAborted(options?.signal);
      throw new EnvStoreError({
        kind: 'absent',
        status: response.status,
        message: this.trans.__(
          'The server sent something that is not a reply of the store.'
        ),
        hint: this.trans.__(
          'Check that a proxy between the browser and the server does not rewrite replies.'
        )
      });
    }
    return envelope;
  }

  /** The URL of a path below the API's root. */
  protected urlOf(path: string): string {
    return `${URLExt.join(this.settings.baseUrl, API)}/${path}`;
  }

  protected async fetch(
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
    const url = `${this.urlOf(path)}?${query}`.replace(/\?$/, '');
    // The settings' headers are not merged with those of a request.
    const headers = new Headers(this.settings.init.headers);
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
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      // The settings' wrapper hides that the caller itself gave up.
      throwIfAborted(options.signal);
      throw new EnvStoreError({
        kind: 'unreachable',
        message: this.trans.__(
          'The server did not answer: %1',
          (error as Error).message
        )
      });
    }
    if (!response.ok) {
      if (response.status === 403 && !options.background) {
        this.onDenied?.();
      }
      throw await refusal(response, this.trans);
    }
    return response;
  }
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

async function refusal(
  response: Response,
  trans: TranslationBundle
): Promise<EnvStoreError> {
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
        : trans.__('The server answered %1 %2.', status, statusText),
    hint: typeof reply.hint === 'string' ? reply.hint : null,
    problems: Array.isArray(reply.problems) ? reply.problems : []
  });
}
