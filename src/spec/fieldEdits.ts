import type { Node, Scalar } from 'yaml';
import { isMap, isScalar } from 'yaml';
import type { SpecDocument } from './document';
import type { ScalarStyle } from './scalar';
import { isPlain, scalarSource } from './scalar';
import type { IEdit, NodeMap, NodePair } from './spans';
import {
  aboveComments,
  behindColon,
  columnAt,
  insertLine,
  isInFlow,
  isNothing,
  lineEndAt,
  linesOfPair,
  spanOf,
  spanOfPair
} from './spans';

/** Where keys are put that are not there yet. */
const ORDER = ['name', 'description', 'channels', 'dependencies', 'variables'];

/** Give a value that is there another text, written like the old one. */
export function rewrite(
  spec: SpecDocument,
  node: Scalar,
  value: string
): IEdit {
  const { from, to } = spanOf(node as Node);
  const isFlow = isInFlow(spec, from);
  const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  // Quotes that were needed may go; those that were not were wanted.
  const wereNeeded = isQuoted && !isPlain(String(node.value), isFlow);
  const style = wereNeeded ? 'PLAIN' : ((node.type ?? 'PLAIN') as ScalarStyle);
  if (typeof node.value === 'number' && /^(0|[1-9][0-9]*)$/.test(value)) {
    return { from, to, insert: value };
  }
  const isBlock = style.startsWith('BLOCK');
  // A comment behind it would become a part of a block.
  const isAlone = spec.text.slice(to, lineEndAt(spec, to)).trim() === '';
  const source =
    isBlock || (value.includes('\n') && isAlone)
      ? textSource(spec, value, spec.lineAt(from).from, isFlow)
      : scalarSource(value, style, isFlow);
  // A block ends behind its last line, every other scalar in it.
  const hasLineEnd = isBlock && spec.text[to - 1] === '\n';
  return { from, to, insert: hasLineEnd ? source + spec.lineEnd : source };
}

/** Give a key of the specification a text; the key is added where it is missing. */
export function setField(
  spec: SpecDocument,
  key: string,
  value: string
): IEdit | null {
  const pair = spec.pair(key);
  if (!pair) {
    return addKey(spec, key, ` ${textSource(spec, value, 0, false)}`);
  }
  return setPair(spec, pair, value);
}

/** Add a variable, or give one that is there another value. */
export function setVariable(
  spec: SpecDocument,
  name: string,
  value: string
): IEdit | null {
  const pair = spec.pair('variables');
  const known = variablePair(spec, name);
  if (known) {
    return setPair(spec, known, value);
  }
  const map = pair?.value ?? null;
  const isFlow = isMap(map) && map.flow === true && map.items.length > 0;
  const entry = [name, value]
    .map(text => scalarSource(text, 'PLAIN', isFlow))
    .join(': ');
  if (!isMap(map) || map.items.length === 0) {
    return putBelow(spec, 'variables', entry);
  }
  const last = map.items[map.items.length - 1] as NodePair;
  if (map.flow) {
    const { to } = spanOfPair(last);
    return { from: to, to, insert: `, ${entry}` };
  }
  const lines = linesOfPair(spec, last);
  const lead = ' '.repeat(columnAt(spec, spanOf(last.key).from));
  return lines && insertLine(spec, lines.to, lead + entry);
}

/** Give a variable another name; its value stays where it is. */
export function renameVariable(
  spec: SpecDocument,
  name: string,
  to: string
): IEdit | null {
  const key = variablePair(spec, name)?.key;
  return isScalar(key) ? rewrite(spec, key, to) : null;
}

/** The last variable goes with its key. */
export function removeVariable(spec: SpecDocument, name: string): IEdit | null {
  const map = spec.value('variables') as NodeMap | null;
  const pair = variablePair(spec, name);
  if (!pair || !map) {
    return null;
  }
  if (map.items.length === 1) {
    return removeKey(spec, 'variables');
  }
  if (!map.flow) {
    const lines = linesOfPair(spec, pair);
    return lines && { ...lines, insert: '' };
  }
  const index = map.items.indexOf(pair);
  const before = map.items[index - 1];
  const after = map.items[index + 1];
  const { from, to } = spanOfPair(pair);
  return before
    ? { from: spanOfPair(before).to, to, insert: '' }
    : { from, to: after ? spanOfPair(after).from : to, insert: '' };
}

/** Take a key of the specification out, with all that it has. */
export function removeKey(spec: SpecDocument, key: string): IEdit | null {
  const pair = spec.root?.flow ? null : spec.pair(key);
  const lines = pair && linesOfPair(spec, pair);
  return lines && { ...lines, insert: '' };
}

/**
 * Put something below a key that has nothing, or only empty brackets, or is not there.
 *
 * Null where the key has something, or is written in braces.
 */
export function putBelow(
  spec: SpecDocument,
  key: string,
  source: string
): IEdit | null {
  const pair = spec.pair(key);
  const line = (column: number): string =>
    spec.lineEnd + ' '.repeat(column + 2) + source;
  if (!pair) {
    return addKey(spec, key, line(rootColumn(spec)));
  }
  const start = spanOf(pair.key).from;
  if (isInFlow(spec, start)) {
    return null;
  }
  const node = pair.value;
  const colon = behindColon(spec, pair.key);
  const from = node === null || isNothing(node) ? colon : spanOf(node).to;
  const end = lineEndAt(spec, from);
  // The empty brackets go; a comment behind them stays.
  const comment = spec.text.slice(from, end);
  return {
    from: colon,
    to: end,
    insert: (comment.trim() && comment) + line(columnAt(spec, start))
  };
}

/** Add a key where environment.yml files have it; `source` is what follows its colon. */
function addKey(spec: SpecDocument, key: string, source: string): IEdit | null {
  const { root, text } = spec;
  if (root?.flow) {
    return null;
  }
  const line = `${' '.repeat(rootColumn(spec))}${key}:${source}`;
  const later = ORDER.slice(ORDER.indexOf(key) + 1);
  const next = root?.items.find(
    pair => isScalar(pair.key) && later.includes(String(pair.key.value))
  );
  if (next) {
    const { from } = spec.lineAt(spanOf(next.key).from);
    return insertLine(spec, aboveComments(spec, from), line);
  }
  const last = root?.items[root.items.length - 1];
  const at = last ? linesOfPair(spec, last)?.to : text.length;
  return at === undefined ? null : insertLine(spec, at, line);
}

function setPair(
  spec: SpecDocument,
  pair: NodePair,
  value: string
): IEdit | null {
  const node = pair.value;
  const colon = behindColon(spec, pair.key);
  const isFlow = isInFlow(spec, colon - 1);
  if (node === null || (isNothing(node) && spanOf(node).from <= colon)) {
    const lineStart = spec.lineAt(colon).from;
    const source = textSource(spec, value, lineStart, isFlow);
    return { from: colon, to: colon, insert: ` ${source}` };
  }
  return isScalar(node) ? rewrite(spec, node, value) : null;
}

function variablePair(spec: SpecDocument, name: string): NodePair | null {
  const map = spec.value('variables');
  const items = isMap(map) ? (map as NodeMap).items : [];
  return (
    items.find(({ key }) => isScalar(key) && String(key.value) === name) ?? null
  );
}

function rootColumn(spec: SpecDocument): number {
  const first = spec.root?.items[0];
  return first ? columnAt(spec, spanOf(first.key).from) : 0;
}

/** A text, as a block where it has several lines; `lineStart` is that of its key's line. */
function textSource(
  spec: SpecDocument,
  value: string,
  lineStart: number,
  isFlow: boolean
): string {
  const lines = value.split('\n');
  const isBlock =
    !isFlow &&
    lines.length > 1 &&
    !/^\s|\s$/.test(value) &&
    !lines.some(line => /\s$|[^\P{C}\n]/u.test(line));
  if (!isBlock) {
    return scalarSource(value, 'PLAIN', isFlow);
  }
  const lead = /^[ -]*/.exec(spec.text.slice(lineStart))?.[0].length ?? 0;
  const indent = ' '.repeat((spec.text === '' ? 0 : lead) + 2);
  const block = lines.map(line => (line ? indent + line : ''));
  return ['|-', ...block].join(spec.lineEnd);
}
