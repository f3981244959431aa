import type { IProblem } from '../api/types';

/** A text as CodeMirror holds it: lines are counted from 1, offsets from 0. */
export interface ILines {
  readonly lines: number;
  line(number: number): { from: number; to: number; text: string };
}

/** A stretch of text to be underlined. */
export interface IUnderline {
  from: number;
  to: number;
  severity: 'error' | 'warning';
  message: string;
}

/**
 * Where to underline what the server found.
 *
 * A problem without a line concerns the whole and is not underlined; one
 * without a column takes its line. Positions after the end, from a text that
 * has changed since, are moved back into it.
 */
export function underlines(
  doc: ILines,
  problems: readonly IProblem[],
  severity: IUnderline['severity']
): IUnderline[] {
  return problems.flatMap(problem => {
    const range = rangeOf(doc, problem);
    if (range === null) {
      return [];
    }
    const message = problem.hint
      ? `${problem.message}\n${problem.hint}`
      : problem.message;
    return [{ ...range, severity, message }];
  });
}

/** The stretch that a problem is about; null when it tells no line. */
export function rangeOf(
  doc: ILines,
  problem: IProblem
): { from: number; to: number } | null {
  if (problem.line === null) {
    return null;
  }
  const line = doc.line(clamp(problem.line, 1, doc.lines));
  if (line.text.trim() === '' && problem.line > 1) {
    // What is missing there is missing behind what was written last.
    const { to } = lastWritten(doc, problem.line);
    return { from: Math.max(0, to - 1), to };
  }
  const indent = line.text.length - line.text.trimStart().length;
  const from =
    problem.column === null
      ? line.from + indent
      : line.from + codeUnits(line.text, problem.column - 1);
  const to = endOf(doc, problem, line);
  // An empty range cannot be seen.
  return to > from
    ? { from, to }
    : { from: Math.max(line.from, Math.min(from, line.to) - 1), to: line.to };
}

function lastWritten(doc: ILines, from: number): { to: number; text: string } {
  let number = clamp(from, 1, doc.lines);
  while (number > 1 && doc.line(number).text.trim() === '') {
    number -= 1;
  }
  return doc.line(number);
}

function endOf(
  doc: ILines,
  problem: IProblem,
  line: { from: number; to: number; text: string }
): number {
  if (problem.column === null || problem.end_column === null) {
    return line.to;
  }
  const last =
    problem.end_line === null
      ? line
      : doc.line(clamp(problem.end_line, 1, doc.lines));
  return last.from + codeUnits(last.text, problem.end_column - 1);
}

/** The server counts characters; JavaScript counts UTF-16 code units. */
function codeUnits(text: string, characters: number): number {
  return [...text].slice(0, Math.max(0, characters)).join('').length;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
