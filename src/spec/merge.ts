import { compareLines } from './lineDiff';
import { packageName } from './matchspec';

/** Lines of a text, from one up to another, and what stands there instead. */
interface IReplaced {
  from: number;
  to: number;
  lines: string[];
}

/**
 * What two have made of one text, together, line by line.
 *
 * Where both have added lines, theirs come first, unless they begin another part of the text; what
 * both have added there is there once. Null where both have changed the same lines, or ask for one
 * package in different words at one place: a person has to choose.
 */
export function merged(
  base: string,
  mine: string,
  theirs: string
): string | null {
  const before = base.split('\n');
  const edits = [...replaced(before, theirs), ...replaced(before, mine)].sort(
    (one, other) =>
      one.from - other.from ||
      one.to - other.to ||
      // What goes on with a part of the text comes before what begins another one.
      rankOf(other) - rankOf(one)
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
    const lines = last && edit.from === done ? beside(last, edit) : edit.lines;
    if (lines === null) {
      return null;
    }
    result.push(...before.slice(done, edit.from), ...lines);
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

/** The lines of an edit, behind those of the one that it touches; null where they do not agree. */
function beside(first: IReplaced, second: IReplaced): string[] | null {
  const [one, other] = [first.lines, second.lines];
  const left = [...one];
  const common = new Set<string>();
  const lines = other.filter(line => {
    const at = left.indexOf(line);
    if (at !== -1) {
      left.splice(at, 1);
      common.add(line);
    }
    return at === -1;
  });
  // What belongs to a line that is left out would belong to another one.
  const isBound = (all: string[]): boolean =>
    said(all).some(
      (line, index, { [index + 1]: next }) =>
        common.has(line) &&
        (depthOf(line) !== topOf(all) || depthOf(next) > depthOf(line))
    );
  const names = left.map(nameOf).filter(Boolean);
  return [one, other].some(isBound) ||
    // Behind lines that end a part of the text, it would be in another part.
    (first.from === second.to && leastOf(one) < topOf(other)) ||
    lines.some(line => names.includes(nameOf(line)))
    ? null
    : lines;
}

function said(lines: string[]): string[] {
  return lines.filter(line => line.trim() !== '');
}

function depthOf(line = ''): number {
  return line.search(/\S|$/);
}

function topOf(lines: string[]): number {
  return depthOf(said(lines)[0]);
}

function leastOf(lines: string[]): number {
  return Math.min(...said(lines).map(depthOf));
}

/** The higher of two is the one that the other can stand behind, if either can. */
function rankOf({ lines }: IReplaced): number {
  return topOf(lines) + leastOf(lines);
}

/** The package that an item of a list asks for; empty for every other line. */
function nameOf(line: string): string {
  const [, item = ''] = /^\s*-\s+["']?(.*[^\s:])\s*$/.exec(line) ?? [];
  return packageName(item);
}
