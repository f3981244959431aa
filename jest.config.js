const baseConfig = require('@jupyterlab/testutils/lib/jest-config')(__dirname);
const { LEFT_OUT } = require('./scripts/leave-out');

/** Packages that are published as ES modules only. */
const esModules = [
  '@codemirror',
  '@jupyter/react-components',
  '@jupyter/web-components',
  '@jupyter/ydoc',
  '@jupyterlab/',
  '@lezer',
  '@marijn',
  '@microsoft',
  'exenv-es6',
  'lib0',
  'fast-check',
  'nanoid',
  'pure-rand',
  'style-mod',
  'vscode-jsonrpc',
  'vscode-ws-jsonrpc',
  'w3c-keyname',
  'y-protocols',
  'yaml',
  'yjs'
].join('|');

module.exports = {
  ...baseConfig,
  automock: false,
  reporters: ['default'],
  coverageReporters: ['text-summary', 'lcov'],
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/*.d.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/__tests__/setup.ts'],
  transform: {
    ...Object.fromEntries(
      LEFT_OUT.map(({ path, ...options }) => [
        path,
        ['<rootDir>/scripts/leave-out.js', options]
      ])
    ),
    ...baseConfig.transform
  },
  testRegex: 'src/.*/.*\\.spec\\.tsx?$',
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
