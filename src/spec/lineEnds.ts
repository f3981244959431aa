import type { IEdit } from './spans';

/**
 * Between a text with whatever line ends, and the editor's, which has line feeds alone.
 *
 * Every line that is not edited keeps its own line end.
 */

/** The text as the editor has it. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** The original text with what was changed in the editor's. */
export function carryOver(original: string, edited: string): string {
  if (!original.includes('\r')) {
    return edited;
  }
  const { from, to, insert } = changedSpan(withLineFeeds(original), edited);
  const lineEnd = /\r\n?|\n/.exec(original)?.[0] ?? '\n';
  const carried =
    original.slice(0, originalOffset(original, from)) +
    insert.replace(/\n/g, lineEnd) +
    original.slice(originalOffset(original, to));
  // Carriage returns that stood alone may have become halves of others.
  return withLineFeeds(carried) === edited ? carried : edited;
}

/** What was replaced to make one text of another, and by what. */
export function changedSpan(before: string, after: string): IEdit {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) {
    from += 1;
  }
  let kept = 0;
  while (
    kept < most - from &&
    before[before.length - 1 - kept] === after[after.length - 1 - kept]
  ) {
    kept += 1;
  }
  return {
    from,
    to: before.length - kept,
    insert: after.slice(from, after.length - kept)
  };
}

/** Where a character of the editor's text is in the original. */
function originalOffset(original: string, offset: number): number {
  let at = 0;
  for (let shown = 0; shown < offset; shown++) {
    at += original[at] === '\r' && original[at + 1] === '\n' ? 2 : 1;
  }
  return at;
}
