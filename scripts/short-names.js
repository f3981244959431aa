/**
 * Gives the private members of classes names of two characters in the bundle.
 *
 * A minifier has to leave the names of members as they are; those that begin with an underscore are
 * nobody else's. Each has one short name in all files, so that a class and its subclass in another
 * chunk agree.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const NAME = /(?<![\w$])_[a-z]\w{2,}(?![\w$])/g;

let shortOf = null;

/** The short names of all members that some class gives itself, the most frequent ones first. */
function tableOf(folder) {
  const sources = readdirSync(folder, { recursive: true })
    .filter(path => path.endsWith('.js'))
    .map(path => readFileSync(join(folder, path), 'utf8'));
  const counts = new Map();
  for (const [, name] of sources.join('\n').matchAll(/this\.(_[a-z]\w{2,})/g)) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map(
    [...counts]
      .sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1))
      .map(([name], index) => [name, `$${index.toString(36)}`])
  );
}

module.exports = function shortNames(source) {
  shortOf ??= tableOf(this.getOptions().folder);
  return source.replace(NAME, name => shortOf.get(name) ?? name);
};
