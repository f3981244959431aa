/**
 * Leaves out parts of packages that nothing here needs.
 *
 * A loader for the bundle, and a transformer for jest, so that the tests try what is shipped.
 */
const FOLDER = 'yaml/browser/dist/';

/** Matches whole methods of classes, as the package's build indents them. */
const methods = names => `^ {4}(?:static )?(?:${names})\\([^]*?^ {4}\\}\\n`;

/** Matches what is said of errors: people get words of ours by the code of an error. */
const SENTENCE = '([\'"`])[A-Z%][^\'"`\\n]* [^\'"`\\n]*\\1';

/**
 * Specifications are read with the package yaml, and changed as text: what it has to make, change
 * and write documents, and the types of other schemas than the core's, would be half of it.
 *
 * With a `value`, all that a module exports is that; or else what matches is left out, and of
 * a string the quotes stay.
 */
const LEFT_OUT = [
  {
    path: `${FOLDER}(stringify/\\w+|doc/(?:anchors|applyReviver|createNode)|parse/cst-\\w+)\\.js$`,
    value: '() => ({})'
  },
  {
    path: `${FOLDER}schema/(json|yaml-1\\.1)/(?!merge)\\w+\\.js$`,
    value: 'undefined'
  },
  {
    path: `${FOLDER}(doc|nodes|schema)/[A-Z]\\w+\\.js$`,
    match: `${methods(
      'clone|from|(?:add|delete|get|has|set)In|add|delete|has|set|create(?:Alias|Node|Pair)|hasAllNullValues|toString'
    )}|${SENTENCE}`
  },
  {
    path: `${FOLDER}(compose/(?!util-(?!flow-i))[\\w-]+|parse/parser)\\.js$`,
    match: SENTENCE
  },
  {
    path: `${FOLDER}doc/directives\\.js$`,
    match: `${methods('clone|tagString|toString')}|${SENTENCE}`
  },
  { path: `${FOLDER}visit\\.js$`, match: '^visitAsync\\..*' },
  {
    path: `${FOLDER}errors\\.js$`,
    match: '(?<=^const prettifyError = .*\\{\\n)[^]*?(?=^\\};)'
  }
];

function namesOf(source) {
  const [, names] = /export \{([^}]*)\}/.exec(source);
  return names.split(',').map(name => name.trim());
}

function without(source, match) {
  const rest = source.replace(new RegExp(match, 'gm'), found =>
    /^['"`]/.test(found) ? "''" : ''
  );
  if (rest === source) {
    throw new Error(`Nothing matches ${match} any more: look at leave-out.js.`);
  }
  return rest;
}

module.exports = function leaveOut(source) {
  const { value, match } = this.getOptions();
  return match
    ? without(source, match)
    : namesOf(source)
        .map(name => `export const ${name} = ${value};`)
        .join('\n');
};

module.exports.process = (source, path, options) => {
  const { value, match } = options.transformerConfig;
  return match
    ? require('babel-jest')
        .default.createTransformer()
        .process(without(source, match), path, {
          ...options,
          transformerConfig: {}
        })
    : {
        code: namesOf(source)
          .map(name => `exports.${name} = ${value};`)
          .join('\n')
      };
};

module.exports.LEFT_OUT = LEFT_OUT;
