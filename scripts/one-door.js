/**
 * Lets each chunk that is loaded later be one module: all that is imported of it is exported by one
 * file, its door. With a door for each, nothing could be put together, and every module would cost
 * its wrapper, its exports and its imports.
 */
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

const IMPORT = /(import\(\s*\/\* webpackChunkName: "(\w+)" \*\/\s*)'([^']+)'/g;
const EXPORT =
  /^export (?:\w+ )*?(?:function|class|const) (\w+)|^export \{ ?([^}]*?) ?\}/gm;

const doorOf = (folder, chunk) => join(folder, `door-${chunk}.js`);

/** The scripts in a folder, but for those of tests. */
const scripts = folder =>
  readdirSync(folder, { recursive: true })
    .filter(path => path.endsWith('.js') && !path.startsWith('__tests__'))
    .map(path => join(folder, path));

function namesOf(path) {
  return [...readFileSync(path, 'utf8').matchAll(EXPORT)].flatMap(
    ([, name, list]) =>
      name ?? list.split(', ').map(item => item.split(' as ').pop())
  );
}

/** Write the doors of what is imported within a folder of scripts. */
function makeDoors(folder) {
  const behind = new Map();
  for (const path of scripts(folder)) {
    for (const [, , chunk, name] of readFileSync(path, 'utf8').matchAll(
      IMPORT
    )) {
      behind.set(
        chunk,
        (behind.get(chunk) ?? new Set()).add(join(dirname(path), `${name}.js`))
      );
    }
  }
  for (const [chunk, paths] of behind) {
    const names = [...paths].flatMap(namesOf);
    const twice = names.filter((name, at) => names.indexOf(name) !== at);
    if (twice.length > 0) {
      throw new Error(
        `Two modules of the chunk ${chunk} export ${twice.join(', ')}: rename one.`
      );
    }
    const text = [...paths]
      // Of the orders that were tried, what is compressed best.
      .sort()
      .reverse()
      .map(path => `export * from './${relative(folder, path)}';\n`)
      .join('');
    writeFileSync(doorOf(folder, chunk), text);
  }
}

module.exports = function oneDoor(source) {
  const { folder } = this.getOptions();
  return source.replace(
    IMPORT,
    (_, start, chunk) => `${start}${JSON.stringify(doorOf(folder, chunk))}`
  );
};

module.exports.makeDoors = makeDoors;
