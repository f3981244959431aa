import { editFor } from './changes';
import { setDependency } from './dependencies';
import type { IDependency } from './document';
import { SpecDocument } from './document';
import { applyEdit } from './spans';

/** A change of a specification that may mend a failure. */
export interface IFix {
  /** A match spec to ask for. */
  dependency?: string | undefined;
  /** Who installs it; conda, unless it says `pip`. */
  manager?: IDependency['manager'] | undefined;
  /** What was asked for instead; without it, what is asked for of the same package. */
  instead?: string | undefined;
  /** A channel to search too. */
  channel?: string | undefined;
}

/**
 * The specification with a fix; unchanged where its text cannot be read or written.
 *
 * A specification that names no channel uses the default ones: they are written down
 * before another is added to them.
 */
export function fixed(
  text: string,
  fix: IFix,
  defaultChannels: readonly string[]
): string {
  let after = text;
  const apply = (change: Parameters<typeof editFor>[1]): void => {
    const edit = editFor(new SpecDocument(after), change);
    after = edit ? applyEdit(after, edit) : after;
  };
  const { dependency, instead, channel, manager } = fix;
  if (channel !== undefined) {
    const known = new SpecDocument(text).channels.map(item => item.text);
    const first = known.length > 0 ? [] : defaultChannels;
    for (const value of [...first, channel]) {
      if (!known.includes(value)) {
        apply({ kind: 'add', list: 'channels', value });
      }
    }
  }
  if (dependency !== undefined) {
    const replaced = new SpecDocument(text).dependencies.find(
      item => item.text === instead
    );
    if (replaced) {
      apply({ kind: 'set', place: replaced.place, value: dependency });
    } else {
      after = setDependency(after, dependency, manager);
    }
  }
  return after;
}

/** The match spec at a place; null where there is none. */
export function askedAt(text: string, place: string): string | null {
  const found = new SpecDocument(text).dependencies.find(
    item => item.place === place
  );
  return found?.text ?? null;
}
