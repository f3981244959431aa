/**
 * How long after a build's end its kernel can be chosen, in two tabs of a browser.
 *
 * Each round builds a new environment from packages that are in the cache, and
 * rebuilds the first one with a changed specification. Measured are the times
 * from the build's `ended_on` to the launcher's card of the new kernel, and to the
 * kernel whose metadata name the new build. Server and browser share a clock.
 *
 * ENVSTORE_TEST_CHANNEL   the URL of the channel to build from
 * ROUNDS                  how often; 10 unless told
 *
 * Writes .cache/bench/picker.json, times in milliseconds.
 */
/* global document, MutationObserver, window */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';

const CHANNEL = process.env.ENVSTORE_TEST_CHANNEL;
const ROUNDS = Number(process.env.ROUNDS ?? 10);
const OUTPUT = '.cache/bench';

if (!CHANNEL) {
  throw new Error(
    'ENVSTORE_TEST_CHANNEL does not name the channel to build from.'
  );
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(port, scratch) {
  const server = spawn(
    'jupyter',
    ['lab', '--allow-root', '--config', 'jupyter_server_test_config.py'],
    {
      cwd: 'ui-tests',
      stdio: 'ignore',
      env: {
        ...process.env,
        ENVSTORE_TEST_PORT: String(port),
        ENVSTORE_TEST_STORE: join(scratch, 'store'),
        CONDARC: join(scratch, 'condarc.yml')
      }
    }
  );
  for (;;) {
    if (server.exitCode !== null) {
      throw new Error(`JupyterLab ended with status ${server.exitCode}.`);
    }
    try {
      await fetch(`http://127.0.0.1:${port}/api`);
      return server;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}

function specification(name, comment = '') {
  const lines = ['python', 'ipykernel'].map(item => `  - ${item}`).join('\n');
  return `${comment}name: ${name}\nchannels:\n  - ${CHANNEL}\ndependencies:\n${lines}\n`;
}

/** Open JupyterLab with a workspace of the tab's own, which needs no redirection. */
async function openLab(context, url, workspace) {
  const page = await context.newPage();
  await page.goto(`${url}/lab/workspaces/${workspace}`);
  await page.waitForFunction(() => window.jupyterapp);
  await page.evaluate(() => window.jupyterapp.restored);
  await page.locator('.jp-LauncherCard').first().waitFor();
  return page;
}

/** When the launcher has a card for the environment, in milliseconds since the epoch. */
function cardAppears(page, name) {
  return page.evaluate(
    text =>
      new Promise(resolve => {
        const isThere = () =>
          [...document.querySelectorAll('.jp-LauncherCard')].some(node =>
            node.textContent.includes(text)
          );
        const observer = new MutationObserver(() => {
          if (isThere()) {
            observer.disconnect();
            resolve(Date.now());
          }
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
    `${name} (`
  );
}

/** When the kernel of an environment is that of a build younger than `before`. */
function kernelChanges(page, name, before) {
  return page.evaluate(
    ([environment, oldest]) =>
      new Promise(resolve => {
        const { kernelspecs } = window.jupyterapp.serviceManager;
        const look = () => {
          const specs = Object.values(kernelspecs.specs?.kernelspecs ?? {});
          const isYounger = specs.some(({ metadata }) => {
            const { environment: of, build_id: build } =
              metadata?.envstore ?? {};
            return of === environment && build > oldest;
          });
          if (isYounger) {
            kernelspecs.specsChanged.disconnect(look);
            resolve(Date.now());
          }
        };
        kernelspecs.specsChanged.connect(look);
      }),
    [name, before]
  );
}

/** Submit a specification; resolves with the ended build. */
async function build(url, text) {
  const api = `${url}/envstore/api/v1`;
  const reply = await fetch(`${api}/specification/`, {
    method: 'POST',
    body: JSON.stringify({ specification: text, namespace: 'default' })
  });
  const { build_id: id } = (await reply.json()).data;
  for (;;) {
    const { data } = await (await fetch(`${api}/build/${id}/`)).json();
    if (data.status === 'COMPLETED') {
      return { id, endedOn: Date.parse(`${data.ended_on}Z`) };
    }
    if (!['QUEUED', 'BUILDING'].includes(data.status)) {
      throw new Error(`Build ${id} ended ${data.status}: ${data.status_info}`);
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = part =>
    sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
  return { median: at(0.5), p95: at(0.95), max: at(1), times };
}

const scratch = mkdtempSync(join(tmpdir(), 'picker-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const server = await start(port, scratch);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  path => path && existsSync(path)
);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage']
});
try {
  const context = await browser.newContext();
  const pages = [
    await openLab(context, url, 'first'),
    await openLab(context, url, 'second')
  ];
  const first = await build(url, specification('warm'));
  const found = { card: [[], []], kernel: [[], []] };
  let newest = first.id;
  for (let round = 1; round <= ROUNDS; round++) {
    const name = `round-${round}`;
    const cards = pages.map(page => cardAppears(page, name));
    const made = await build(url, specification(name));
    const changes = pages.map(page => kernelChanges(page, 'warm', newest));
    const shown = await Promise.all(cards);
    const again = await build(url, specification('warm', `# ${round}\n`));
    newest = again.id;
    const changed = await Promise.all(changes);
    pages.forEach((_, tab) => {
      found.card[tab].push(shown[tab] - made.endedOn);
      found.kernel[tab].push(changed[tab] - again.endedOn);
    });
    console.log(
      `${round}: card ${found.card.map(times => times.at(-1)).join(', ')} ms; ` +
        `kernel ${found.kernel.map(times => times.at(-1)).join(', ')} ms`
    );
  }
  const result = {
    rounds: ROUNDS,
    new_environment_in_launcher: found.card.map(summary),
    rebuilt_kernel_known: found.kernel.map(summary)
  };
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(
    join(OUTPUT, 'picker.json'),
    `${JSON.stringify(result, null, 2)}\n`
  );
  console.log(`Written to ${OUTPUT}/picker.json.`);
} finally {
  await browser.close();
  const ended = new Promise(resolve => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(scratch, { recursive: true, force: true });
}
