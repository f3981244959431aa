import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Where the interface is, below the base URL of the server that it is about. */
const UI = 'conda-store/';

const TYPES: Record<string, string> = {
  'main.js': 'text/javascript',
  'main.css': 'text/css'
};

/** A server of a user, and a token of its store. */
export interface IBehind {
  port: number;
  baseUrl: string;
  token: string;
}

/** conda-store's web interface and a Jupyter server, at one origin. */
export interface IFront {
  server: Server;
  /** The address of the interface, with a slash at its end. */
  url: string;
}

/**
 * Serve conda-store's web interface as its package has it, and everything else from a server:
 * what an administrator's reverse proxy does, so that neither knows of the other.
 */
export async function serveCondaStoreUi(
  dist: string,
  behind: IBehind
): Promise<IFront> {
  const root = `${behind.baseUrl}${UI}`;
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith(root)) {
      void sendFile(dist, path.slice(root.length), behind, outgoing);
    } else {
      pass(incoming, outgoing, behind.port);
    }
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}${root}` };
}

async function sendFile(
  dist: string,
  name: string,
  behind: IBehind,
  outgoing: ServerResponse
): Promise<void> {
  const type = TYPES[name];
  if (type === undefined) {
    // Every other path is a page of the interface, which has only one.
    outgoing.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    outgoing.end(page(behind));
    return;
  }
  outgoing.writeHead(200, { 'Content-Type': type });
  outgoing.end(await readFile(join(dist, name)));
}

/** The page around the interface: all that it is told is in its one object of settings. */
function page({ baseUrl, token }: IBehind): string {
  const settings = {
    REACT_APP_API_URL: `${baseUrl}envstore/`,
    REACT_APP_AUTH_METHOD: 'token',
    REACT_APP_AUTH_TOKEN: token,
    REACT_APP_ROUTER_TYPE: 'browser',
    REACT_APP_SHOW_AUTH_BUTTON: 'false',
    REACT_APP_STYLE_TYPE: 'green-accent',
    REACT_APP_URL_BASENAME: `${baseUrl}${UI}`.slice(0, -1)
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <base href="${baseUrl}${UI}" />
    <title>conda-store</title>
    <script>window.condaStoreConfig = ${JSON.stringify(settings)};</script>
    <script defer src="main.js"></script>
    <link href="main.css" rel="stylesheet" />
  </head>
  <body></body>
</html>`;
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number
): void {
  const { method, url, headers } = incoming;
  const forward = request(
    { host: '127.0.0.1', port, method, path: url, headers },
    answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }
  );
  forward.on('error', () => {
    outgoing.destroy();
  });
  incoming.pipe(forward);
}
