import { URLExt } from '@jupyterlab/coreutils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';

/** What links may open, by the word in them: nothing that changes the store. */
export const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['open', CommandIDs.open],
  ['new', CommandIDs.create],
  ['import', CommandIDs.importFile],
  ['edit', CommandIDs.edit],
  ['conda', CommandIDs.conda],
  ['cleanup', CommandIDs.cleanUp],
  ['doctor', CommandIDs.doctor]
]);

/** The arguments that links carry. */
export const TEXTS = [
  'namespace',
  'name',
  'tab',
  'dependency',
  'instead',
  'manager',
  'channel',
  'path',
  'text'
] as const;

/** Characters of an argument that a link carries: servers take no address of any length. */
const MOST = 4000;

export const PARAMETER = 'envstore';

/**
 * The address of Notebook's page with the files, where a command is then run:
 * `tree?envstore=open&namespace=me&name=analysis&buildId=3`.
 */
export function linkTo(
  baseUrl: string,
  command: string,
  args: ReadonlyPartialJSONObject
): string {
  const query = new URLSearchParams();
  for (const [word, linked] of COMMANDS) {
    if (linked === command) {
      query.set(PARAMETER, word);
    }
  }
  for (const name of [...TEXTS, 'buildId']) {
    const value = args[name];
    const isPlain = typeof value === 'string' || typeof value === 'number';
    if (isPlain && String(value).length <= MOST) {
      query.set(name, String(value));
    }
  }
  return `${URLExt.join(baseUrl, 'tree')}?${query.toString()}`;
}
