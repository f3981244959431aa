import type { BuildStatus, IEnvironment } from '../api/types';

/** What each state is called in a filter. */
export const STATE_WORDS: { [status in BuildStatus]: string } = {
  COMPLETED: 'ready',
  BUILDING: 'building',
  QUEUED: 'queued',
  FAILED: 'failed',
  CANCELED: 'canceled'
};

/** What a filter asks for; an environment has to match all of it. */
export interface IFilter {
  /** Letters of `namespace/name`, in their order. */
  words: readonly string[];
  /** The beginnings of states' names. */
  states: readonly string[];
  packages: readonly string[];
}

/** `gpu state:failed pkg:torch`: letters of names, a state, packages. */
export function parseFilter(text: string): IFilter {
  const words: string[] = [];
  const states: string[] = [];
  const packages: string[] = [];
  for (const token of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^(state|pkg|package):(.*)$/.exec(token) ?? [];
    if (key === undefined || value === undefined) {
      words.push(token);
    } else if (value !== '') {
      (key === 'state' ? states : packages).push(value);
    }
  }
  return { words, states, packages };
}

export function isEmptyFilter({ words, states, packages }: IFilter): boolean {
  return words.length + states.length + packages.length === 0;
}

/** Whether a text has all the letters of a word, in their order. */
function hasLetters(text: string, word: string): boolean {
  let from = 0;
  return [...word].every(letter => (from = text.indexOf(letter, from) + 1));
}

/** Whether an environment is one that is looked for, its packages aside. */
export function matchesFilter(
  { name, namespace, latest_build: { status, shelved_on } }: IEnvironment,
  { words, states }: IFilter
): boolean {
  const path = `${namespace.name}/${name}`.toLowerCase();
  const word = shelved_on === null ? STATE_WORDS[status] : 'shelved';
  return (
    words.every(part => hasLetters(path, part)) &&
    states.every(state => word.startsWith(state))
  );
}
