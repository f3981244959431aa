/**
 * Keeps the names that a module exports, and of its code nothing.
 *
 * A loader for the bundle, and a transformer for jest, so that the tests try what is shipped.
 */
const FOLDER = 'yaml/browser/dist/';

/**
 * Specifications are read with the package yaml, and changed as text: what it has to make, change
 * and write documents, and the types of other schemas than the core's, would be a third of it.
 */
const LEFT_OUT = [
  {
    path: `${FOLDER}(stringify/\\w+|doc/applyReviver|doc/createNode|parse/cst-\\w+)\\.js$`,
    value: '() => ({})'
  },
  {
    path: `${FOLDER}schema/(json|yaml-1\\.1)/(?!merge)\\w+\\.js$`,
    value: 'undefined'
  }
];

function namesOf(source) {
  const [, names] = /export \{([^}]*)\}/.exec(source);
  return names.split(',').map(name => name.trim());
}

module.exports = function leaveOut(source) {
  const { value } = this.getOptions();
  return namesOf(source)
    .map(name => `export const ${name} = ${value};`)
    .join('\n');
};

module.exports.process = (source, _path, { transformerConfig: { value } }) => ({
  code: namesOf(source)
    .map(name => `exports.${name} = ${value};`)
    .join('\n')
});

module.exports.LEFT_OUT = LEFT_OUT;
