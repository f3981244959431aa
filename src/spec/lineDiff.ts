/** Lines around a difference. */
const CONTEXT = 3;

/** Pairs of lines that are compared; where there are more, everything counts as different. */
const MOST_PAIRS = 4_000_000;

interface ILine {
  sign: ' ' | '+' | '-';
  text: string;
}

/** What differs between two texts, line by line, as `diff -u` writes it. */
export function unifiedDiff(
  before: string,
  after: string,
  beforeName: string,
  afterName: string
): string {
  const lines = compareLines(before.split('\n'), after.split('\n'));
  const isNear = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some(({ sign }) => sign !== ' ')
  );
  const shown = lines.flatMap(({ sign, text }, index) => {
    if (!isNear[index]) {
      return [];
    }
    const isFirst = !isNear[index - 1];
    return [...(isFirst ? ['@@'] : []), `${sign}${text}`];
  });
  return [`--- ${beforeName}`, `+++ ${afterName}`, ...shown].join('\n');
}

/** By the longest common subsequence: specifications have few lines. */
export function compareLines(before: string[], after: string[]): ILine[] {
  if (before.length * after.length > MOST_PAIRS) {
    return [
      ...before.map(text => ({ sign: '-' as const, text })),
      ...after.map(text => ({ sign: '+' as const, text }))
    ];
  }
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const length = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? length(i + 1, j + 1) + 1
          : Math.max(length(i + 1, j), length(i, j + 1));
    }
  }
  const lines: ILine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (before[i] === after[j] && i < before.length && j < after.length) {
      lines.push({ sign: ' ', text: before[i] ?? '' });
      i += 1;
      j += 1;
    } else if (
      j >= after.length ||
      (i < before.length && length(i + 1, j) >= length(i, j + 1))
    ) {
      lines.push({ sign: '-', text: before[i] ?? '' });
      i += 1;
    } else {
      lines.push({ sign: '+', text: after[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}
