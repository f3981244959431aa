import { compareLines } from './lineDiff';

/** Lines of a text, from one up to another, and what stands there instead. */
interface IReplaced {
  from: number;
  to: number;
  lines: string[];
}

/**
 * What two have made of one text, together, line by line.
 *
 * Where both have added lines, theirs come first. Null where both have changed the same lines: a
 * person has to choose.
 */
export function merged(
  base: string,
  mine: string,
  theirs: string
): string | null {
  const before = base.split('\n');
  const edits = [...replaced(before, theirs), ...replaced(before, mine)].sort(
    (one, other) => one.from - other.from || one.to - other.to
  );
  const result: string[] = [];
  let done = 0;
  let last: IReplaced | null = null;
  for (const edit of edits) {
    if (last && isSame(last, edit)) {
      continue;
    }
    if (edit.from < done) {
      return null;
    }
    result.push(...before.slice(done, edit.from), ...edit.lines);
    done = edit.to;
    last = edit;
  }
  return [...result, ...before.slice(done)].join('\n');
}

function replaced(before: string[], after: string): IReplaced[] {
  const edits: IReplaced[] = [];
  let at = 0;
  let open: IReplaced | null = null;
  for (const { sign, text } of compareLines(before, after.split('\n'))) {
    if (sign === ' ') {
      open = null;
      at += 1;
      continue;
    }
    if (open === null) {
      open = { from: at, to: at, lines: [] };
      edits.push(open);
    }
    if (sign === '-') {
      at += 1;
      open.to = at;
    } else {
      open.lines.push(text);
    }
  }
  return edits;
}

function isSame(one: IReplaced, other: IReplaced): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    // To remove a line is not to leave an empty one.
    one.lines.length === other.lines.length &&
    one.lines.join('\n') === other.lines.join('\n')
  );
}
