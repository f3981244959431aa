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
  const shown = withLineFeeds(original);
  const most = Math.min(shown.length, edited.length);
  let start = 0;
  while (start < most && shown[start] === edited[start]) {
    start += 1;
  }
  let kept = 0;
  while (
    kept < most - start &&
    shown[shown.length - 1 - kept] === edited[edited.length - 1 - kept]
  ) {
    kept += 1;
  }
  const lineEnd = /\r\n?|\n/.exec(original)?.[0] ?? '\n';
  const inserted = edited
    .slice(start, edited.length - kept)
    .replace(/\n/g, lineEnd);
  const carried =
    original.slice(0, originalOffset(original, start)) +
    inserted +
    original.slice(originalOffset(original, shown.length - kept));
  // Carriage returns that stood alone may have become halves of others.
  return withLineFeeds(carried) === edited ? carried : edited;
}

/** Where a character of the editor's text is in the original. */
function originalOffset(original: string, offset: number): number {
  let at = 0;
  for (let shown = 0; shown < offset; shown++) {
    at += original[at] === '\r' && original[at + 1] === '\n' ? 2 : 1;
  }
  return at;
}
