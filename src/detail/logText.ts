/** Where a text is in another, without overlaps; both are in lower case, or made so. */
export function occurrences(
  text: string,
  search: string,
  offset = 0
): number[] {
  const found: number[] = [];
  const lower = text.toLowerCase();
  // Letters whose lower case is longer would move what comes after them.
  const all = lower.length === text.length ? lower : text;
  for (
    let at = all.indexOf(search);
    at >= 0;
    at = all.indexOf(search, at + search.length)
  ) {
    found.push(at + offset);
  }
  return found;
}

/**
 * The line that says why a build failed: the store's own verdict, or else the last
 * that looks like an error. Null where there is none.
 */
export function errorLine(text: string): { from: number; to: number } | null {
  for (const pattern of [
    /^BUILD FAILED: .*$/gm,
    /^.*(?:\b(?:error|fatal|critical)\b:?|traceback \(most).*$/gim
  ]) {
    const last = [...text.matchAll(pattern)].pop();
    if (last) {
      return { from: last.index, to: last.index + last[0].length };
    }
  }
  return null;
}

/** The last lines of a log, without empty ones at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
