import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Every rule of the Jupyter plugin is an error, as in JupyterLab itself. */
const jupyterRules = Object.fromEntries(
  Object.keys(jupyter.rules).map(rule => [`jupyter/${rule}`, 'error'])
);

/**
 * What the files of a folder may not import.
 *
 * Click, command, client, server, event, model, signal, render: the folders are
 * these steps, and none reaches past its neighbour.
 */
function floor(folder, patterns) {
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns }]
    }
  };
}

const noReact = {
  group: ['react', 'react-dom', '@jupyterlab/apputils', '@lumino/widgets'],
  message: 'Nothing below the components draws or opens dialogs.'
};

const forbid = (folders, message, allowTypeImports = false) => ({
  group: folders.map(folder => `../${folder}/*`),
  message,
  allowTypeImports
});

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'lib',
      'coverage',
      'jupyter_envstore',
      '.yarn',
      'docs',
      'ui-tests/test-results',
      'ui-tests/playwright-report'
    ]
  },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: globals.node }
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    plugins: { jupyter, 'react-hooks': reactHooks },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { project: 'tsconfig.test.json' }
    },
    rules: {
      ...jupyterRules,
      // Events are listened to from the start, and commands are there from the start: so is what
      // both need at once. The sidebar has its place in the layout before there is anything in it.
      'jupyter/prefer-lazy-imports': [
        'error',
        {
          ignoreImports: [
            '../api/client',
            '../model/*',
            '../panel/sidebar',
            './detailCommands',
            './draftCommands',
            './editCommand'
          ]
        }
      ],
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true }
      ],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'prefer-arrow-callback': ['error', { allowNamedFunctions: true }]
    }
  },
  floor('api', [
    noReact,
    forbid(
      ['model', 'spec', 'plugins', 'places', 'panel', 'detail', 'components'],
      'The client keeps no state and knows nobody above it.'
    )
  ]),
  floor('spec', [
    noReact,
    forbid(
      ['model', 'plugins', 'places', 'panel', 'detail', 'components'],
      'Specifications are text: text in, text or positions out.'
    ),
    forbid(['api'], 'Only the shapes of the wire are needed here.', true)
  ]),
  floor('model', [
    noReact,
    forbid(
      ['plugins', 'places', 'panel', 'detail', 'components'],
      'Models tell what they know by signals.'
    )
  ]),
  floor('components', [
    forbid(
      ['plugins', 'places', 'panel', 'detail'],
      'Components are what panels and documents are made of.'
    ),
    forbid(['model'], 'Components get their models as properties.', true),
    {
      group: ['../api/client'],
      message: 'Components never fetch: they run commands.'
    }
  ]),
  floor('panel', [
    forbid(
      ['plugins', 'places', 'detail'],
      'Other parts are reached by commands.'
    ),
    forbid(['model'], 'Models come in as properties.', true),
    {
      group: ['../api/client'],
      message: 'Panels never fetch: they run commands.'
    }
  ]),
  floor('places', [
    forbid(
      ['plugins', 'panel', 'detail'],
      'Other parts are reached by commands.'
    ),
    {
      group: ['../api/client'],
      message: 'What stands in other places never fetches: it asks models.'
    }
  ]),
  floor('detail', [
    forbid(
      ['plugins', 'places', 'panel'],
      'Other parts are reached by commands.'
    ),
    forbid(['model'], 'Models come in as properties.', true),
    {
      group: ['../api/client'],
      message: 'Documents never fetch: they run commands.'
    }
  ]),
  {
    files: ['**/__tests__/**', 'ui-tests/**'],
    rules: {
      'jupyter/no-untranslated-string': 'off',
      'jupyter/prefer-lazy-imports': 'off',
      'jupyter/command-id-convention': 'off',
      'jupyter/plugin-id-convention': 'off'
    }
  },
  {
    // Generated from the server's OpenAPI document, with names of its own.
    files: ['src/api/schema.ts'],
    rules: { '@typescript-eslint/naming-convention': 'off' }
  },
  ...jupyter.configs.recommended
    .filter(config => config.files?.some(files => files.includes('schema')))
    .map(config => ({
      ...config,
      plugins: { jupyter },
      rules: { 'jupyter/no-schema-enum': 'error' }
    })),
  prettier
);
