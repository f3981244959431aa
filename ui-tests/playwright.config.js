/**
 * Runs the panel in a real JupyterLab and a real Notebook, and conda-store's own interface, against
 * real servers.
 *
 * CHROMIUM                  the browser; else /usr/bin/chromium, else Playwright's own
 * ENVSTORE_TEST_STORE       a directory for the stores of the servers
 * ENVSTORE_TEST_CHANNEL     the URL of the channel that the tests build from
 * ENVSTORE_TEST_SERVER      the command that starts JupyterLab
 * ENVSTORE_TEST_NOTEBOOK    the command that starts Notebook
 * ENVSTORE_TEST_CONDA_STORE_UI  the directory with the files of conda-store's interface
 * ENVSTORE_TEST_SLOW_MOTION  milliseconds to wait before each action: what comes late on this
 *                            machine is there early on another, and a test may depend on it
 */
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const baseConfig = require('@jupyterlab/galata/lib/playwright-config');

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  path => path && existsSync(path)
);

const FREE_PORTS = `
  const servers = [0, 1, 2, 3, 4].map(() => require('node:net').createServer());
  let ports = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1', () => {
      ports.push(server.address().port);
      if (ports.length === servers.length) {
        process.stdout.write(ports.join(' '));
        servers.forEach(item => item.close());
      }
    });
  }
`;

// Workers read this file too, and inherit the ports from the first reading.
process.env.ENVSTORE_TEST_PORTS ??= execFileSync(
  process.execPath,
  ['-e', FREE_PORTS],
  { encoding: 'utf8' }
);
const [labPort, notebookPort, protectedPort, readerPort, sharingPort] =
  process.env.ENVSTORE_TEST_PORTS.split(' ');
process.env.ENVSTORE_TEST_BASE_URL = '/user/ann/';
process.env.ENVSTORE_TEST_TOKEN = 'token-of-the-test';
process.env.ENVSTORE_TEST_WRITER = `http://127.0.0.1:${notebookPort}`;
process.env.ENVSTORE_TEST_READER = `http://127.0.0.1:${readerPort}`;
process.env.ENVSTORE_TEST_SHARING = `http://127.0.0.1:${sharingPort}`;
const stores = process.env.ENVSTORE_TEST_STORE;
if (!stores) {
  throw new Error(
    'ENVSTORE_TEST_STORE does not say where the builds of the tests go: use make test-ui.'
  );
}

/** A server with a store and a conda configuration of its own. */
function server(
  name,
  port,
  page,
  command,
  config = 'jupyter_server_test_config.py',
  settings = {}
) {
  return {
    command: `${command} --allow-root --config ${config}`,
    url: `http://127.0.0.1:${port}/${page}`,
    env: {
      ENVSTORE_TEST_PORT: port,
      ENVSTORE_TEST_STORE: join(stores, name),
      CONDARC: join(stores, `${name}-condarc.yml`),
      ...settings
    },
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    reuseExistingServer: false,
    stdout: 'ignore'
  };
}

module.exports = {
  ...baseConfig,
  testDir: './tests',
  outputDir: './test-results',
  reporter: [['list']],
  timeout: 180_000,
  workers: 1,
  // As JupyterLab itself has it: a machine that stood still for a moment fails no change, and a
  // test that needs this is called flaky in the summary.
  retries: process.env.CI ? 1 : 0,
  use: {
    ...baseConfig.use,
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    video: 'off',
    launchOptions: {
      executablePath,
      slowMo: Number(process.env.ENVSTORE_TEST_SLOW_MOTION ?? 0),
      args: ['--no-sandbox', '--disable-dev-shm-usage']
    }
  },
  projects: [
    {
      name: 'JupyterLab',
      testIgnore: /notebook7|conda-store-ui/,
      use: { baseURL: `http://127.0.0.1:${labPort}` }
    },
    {
      name: 'Notebook 7',
      testMatch: /notebook7/,
      use: { baseURL: `http://127.0.0.1:${notebookPort}` }
    },
    { name: 'conda-store-ui', testMatch: /conda-store-ui/ }
  ],
  webServer: [
    server(
      'lab',
      labPort,
      'lab',
      process.env.ENVSTORE_TEST_SERVER ?? 'jupyter lab'
    ),
    server(
      'notebook',
      notebookPort,
      'tree',
      process.env.ENVSTORE_TEST_NOTEBOOK ?? 'jupyter notebook'
    ),
    server(
      'protected',
      protectedPort,
      // Without its token it refuses, which says that it runs.
      'user/ann/envstore/api/v1/',
      'jupyter server',
      'protected_server_test_config.py'
    ),
    // Another server of Notebook's store, for people who may only look.
    server(
      'notebook',
      readerPort,
      'lab',
      process.env.ENVSTORE_TEST_SERVER ?? 'jupyter lab',
      'jupyter_server_test_config.py',
      { ENVSTORE_TEST_ROLE: 'viewer' }
    ),
    // A store of its own, in which Notebook's is shared.
    server(
      'sharing',
      sharingPort,
      'lab',
      process.env.ENVSTORE_TEST_SERVER ?? 'jupyter lab',
      'jupyter_server_test_config.py',
      { ENVSTORE_TEST_SHARED: join(stores, 'notebook') }
    )
  ]
};
