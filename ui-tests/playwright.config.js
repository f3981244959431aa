/**
 * Runs the panel in a real JupyterLab, against a real server.
 *
 * CHROMIUM                 the browser; else /usr/bin/chromium, else Playwright's own
 * ENVSTORE_TEST_SERVER     the command that starts the server
 * ENVSTORE_TEST_STORE      where that server keeps its builds
 * ENVSTORE_TEST_CHANNEL    the URL of the channel that the tests build from
 */
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const baseConfig = require('@jupyterlab/galata/lib/playwright-config');

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  path => path && existsSync(path)
);

const FREE_PORT = `
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(String(server.address().port));
    server.close();
  });
`;

// Workers read this file too, and inherit the port from the first reading.
process.env.ENVSTORE_TEST_PORT ??= execFileSync(
  process.execPath,
  ['-e', FREE_PORT],
  { encoding: 'utf8' }
);
const baseURL = `http://127.0.0.1:${process.env.ENVSTORE_TEST_PORT}`;

module.exports = {
  ...baseConfig,
  testDir: './tests',
  outputDir: './test-results',
  reporter: [['list']],
  timeout: 180_000,
  workers: 1,
  use: {
    ...baseConfig.use,
    baseURL,
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    video: 'off',
    launchOptions: {
      executablePath,
      args: ['--no-sandbox', '--disable-dev-shm-usage']
    }
  },
  webServer: {
    command:
      process.env.ENVSTORE_TEST_SERVER ??
      'jupyter lab --allow-root --config jupyter_server_test_config.py',
    url: `${baseURL}/lab`,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    reuseExistingServer: false,
    stdout: 'ignore'
  }
};
