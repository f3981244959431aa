import { ServerConnection } from '@jupyterlab/services';
import { EnvStoreClient } from '../api/client';
import { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import { problem } from './fixtures';

/** A client whose requests are kept, and answered by the test. */
function clientAnswering(answer: () => Promise<Response> | Response): {
  client: DetailClient;
  requests: Request[];
} {
  const { serverSettings, requests } = settingsAnswering(answer);
  return { client: new DetailClient({ serverSettings }), requests };
}

function settingsAnswering(answer: () => Promise<Response> | Response): {
  serverSettings: ServerConnection.ISettings;
  requests: Request[];
} {
  const requests: Request[] = [];
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:9/user/me/',
    fetch: async (request: RequestInfo | URL) => {
      requests.push(request as Request);
      return answer();
    }
  });
  return { serverSettings, requests };
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}

async function errorOf(request: Promise<unknown>): Promise<EnvStoreError> {
  return request.then(
    () => {
      throw new Error('The request succeeded.');
    },
    error => error as EnvStoreError
  );
}

describe('DetailClient', () => {
  it('asks under the base URL and unwraps the data', async () => {
    const { client, requests } = clientAnswering(() =>
      json(200, { status: 'ok', data: [{ id: 1, name: 'me' }], message: null })
    );
    expect(await client.namespaces()).toEqual([{ id: 1, name: 'me' }]);
    expect(new URL(requests[0]?.url ?? '').pathname).toBe(
      '/user/me/envstore/api/v1/namespace/'
    );
  });

  it('sends a specification as it is', async () => {
    const { client, requests } = clientAnswering(() =>
      json(200, { status: 'ok', data: { build_id: 4, warnings: [] } })
    );
    const text = 'name: "a b"\n# kept\n';
    await client.submit(text, null);
    expect(requests[0]?.method).toBe('POST');
    expect(await requests[0]?.json()).toEqual({
      specification: text,
      namespace: null
    });
  });

  it('tells that something is forbidden, but for what nobody clicked for', async () => {
    let denials = 0;
    const { serverSettings } = settingsAnswering(() => json(403, {}));
    const client = new EnvStoreClient({
      serverSettings,
      onDenied: () => (denials += 1)
    });
    await errorOf(client.info({ background: true }));
    expect(denials).toBe(0);
    await errorOf(client.rebuild(1));
    await errorOf((await client.detail()).shelve(1));
    expect(denials).toBe(2);
  });

  it('marks requests that nobody clicked for', async () => {
    const { client, requests } = clientAnswering(() =>
      json(200, { status: 'ok', data: [] })
    );
    await client.environments({ background: true });
    await client.environments();
    expect(requests[0]?.url).toContain('no_track_activity=1');
    expect(requests[1]?.url).not.toContain('no_track_activity');
  });

  it('escapes names in paths', async () => {
    const { client, requests } = clientAnswering(() =>
      json(200, { status: 'ok', data: null })
    );
    await client.deleteEnvironment('a/b', 'c#d');
    expect(requests[0]?.url).toContain('/environment/a%2Fb/c%23d/');
  });

  it('gives the message, the hint and all problems of a refusal', async () => {
    const problems = [problem({ line: 4, column: 5 })];
    const { client } = clientAnswering(() =>
      json(422, {
        status: 'error',
        message: 'The specification has a problem.',
        hint: 'Did you mean numpy?',
        problems
      })
    );
    const error = await errorOf(client.submit('x', 'me'));
    expect(error.kind).toBe('refused');
    expect(error.status).toBe(422);
    expect(error.message).toBe('The specification has a problem.');
    expect(error.hint).toBe('Did you mean numpy?');
    expect(error.problems).toEqual(problems);
  });

  it('tells a missing environment from a missing extension', async () => {
    const ours = clientAnswering(() =>
      json(404, { status: 'error', message: 'No such environment.' })
    );
    const jupyters = clientAnswering(
      () => new Response('<html>404</html>', { status: 404 })
    );
    expect((await errorOf(ours.client.environment('a', 'b'))).kind).toBe(
      'refused'
    );
    expect((await errorOf(jupyters.client.environments())).kind).toBe('absent');
  });

  it("gives the message of Jupyter's own errors", async () => {
    const { client } = clientAnswering(() =>
      json(403, { message: 'Forbidden', reason: null })
    );
    const error = await errorOf(client.environments());
    expect(error.kind).toBe('refused');
    expect(error.message).toBe('Forbidden');
  });

  it('does not take a login page for a reply', async () => {
    const { client } = clientAnswering(
      () => new Response('<html>Log in</html>', { status: 200 })
    );
    expect((await errorOf(client.environments())).kind).toBe('absent');
  });

  it('tells when no answer came', async () => {
    const { client } = clientAnswering(() => {
      throw new TypeError('Failed to fetch');
    });
    const error = await errorOf(client.environments());
    expect(error.kind).toBe('unreachable');
    expect(error.status).toBe(0);
  });

  it('rejects with the abort when the caller gave up', async () => {
    const { client } = clientAnswering(() => json(200, {}));
    const abort = new AbortController();
    abort.abort();
    const error = await errorOf(
      client.check('x', null, { signal: abort.signal })
    );
    expect(error.name).toBe('AbortError');
  });

  it("gives the server's sentence on a cancel", async () => {
    const { client } = clientAnswering(() =>
      json(200, { status: 'ok', data: null, message: 'build 3 canceled' })
    );
    expect(await client.cancel(3)).toBe('build 3 canceled');
  });
});
