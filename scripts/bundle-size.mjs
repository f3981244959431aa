/**
 * Fails when what the browser loads of the extension has grown over its budget.
 *
 * Everything that JupyterLab loads before it starts is the remote entry, the
 * plugins and the style. The rest is two chunks by name: `panel`, what a person
 * sees beside a notebook, and `documents`, the main area, which needs the panel, too.
 * More and smaller ones compress less.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const STATIC = 'jupyter_envstore/labextension/static';

/** Budgets in bytes, compressed with gzip. */
const BUDGETS = { initial: 25_000, lazy: 90_000 };

/** The chunks that the remote entry loads for one of the modules it exposes. */
function chunksOf(entry, exposed) {
  const start = entry.indexOf(`"${exposed}":`);
  if (start === -1) {
    throw new Error(`The remote entry does not expose ${exposed}.`);
  }
  const loader = entry.slice(start, entry.indexOf('.then(', start));
  return [...loader.matchAll(/\.e\("?(\w+)"?\)/g)].map(match => match[1]);
}

const scripts = readdirSync(STATIC).filter(name => name.endsWith('.js'));
const entryName = scripts.find(name => name.startsWith('remoteEntry'));
if (!entryName) {
  throw new Error(`${STATIC} has no build: run "jlpm build:prod" first.`);
}
const entry = readFileSync(join(STATIC, entryName), 'utf8');
const first = new Set(
  ['./index', './style'].flatMap(exposed => chunksOf(entry, exposed))
);

for (const chunk of first) {
  // A chunk that is loaded by its number, and has a name, would be taken for a lazy one.
  if (!scripts.some(name => name.startsWith(`${chunk}.`))) {
    throw new Error(`There is no file of chunk ${chunk}.`);
  }
}

const sizes = { initial: 0, lazy: 0 };
for (const name of scripts) {
  const isFirst = name === entryName || first.has(name.split('.')[0]);
  const { length } = gzipSync(readFileSync(join(STATIC, name)), { level: 9 });
  sizes[isFirst ? 'initial' : 'lazy'] += length;
}

for (const [part, size] of Object.entries(sizes)) {
  console.log(`${part}: ${size} bytes of ${BUDGETS[part]}, gzip`);
  if (size > BUDGETS[part]) {
    console.error(`The ${part} part of the extension is over its budget.`);
    process.exitCode = 1;
  }
}
