/**
 * A JupyterLab with a store of its own, and a browser, for as long as is measured.
 *
 * ENVSTORE_TEST_CHANNEL   the URL of the channel to build from
 */
/* global window */
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

export const CHANNEL = process.env.ENVSTORE_TEST_CHANNEL;
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

async function stop(server) {
  const ended = new Promise(resolve => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}

/**
 * Measure with a JupyterLab and a browser; `fill` puts something into the new
 * store before, while no server runs.
 */
export async function withLab(name, measure, fill = null) {
  const scratch = mkdtempSync(join(tmpdir(), `${name}-`));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server = await start(port, scratch);
  const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
    path => path && existsSync(path)
  );
  const browser = await chromium.launch({
    executablePath,
    // Without a graphics card, one would be imitated at the expense of what is measured.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
  });
  try {
    if (fill) {
      // The first request makes the store.
      await (await fetch(`${url}/envstore/api/v1/`)).json();
      await stop(server);
      fill(join(scratch, 'store'));
      server = await start(port, scratch);
    }
    await measure({ browser, url });
  } finally {
    await browser.close();
    await stop(server);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Open JupyterLab with a workspace of the tab's own, which needs no redirection;
 * `isLoaded` is asked about each response, until it knows that the store was read.
 */
export async function openLab(context, url, workspace, isLoaded = null) {
  const page = await context.newPage();
  const loaded =
    isLoaded && page.waitForResponse(isLoaded, { timeout: 120_000 });
  await page.goto(`${url}/lab/workspaces/${workspace}`);
  await page.waitForFunction(() => window.jupyterapp);
  await page.evaluate(() => window.jupyterapp.restored);
  await page.locator('.jp-LauncherCard').first().waitFor();
  await loaded;
  return page;
}

export function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = part =>
    sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
  return { median: at(0.5), p95: at(0.95), max: at(1), times };
}

export function writeResult(name, result) {
  mkdirSync(OUTPUT, { recursive: true });
  const path = join(OUTPUT, `${name}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`Written to ${path}.`);
}
