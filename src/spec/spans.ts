import type { CST, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { SpecDocument } from './document';

/** A stretch of a text: offsets, the end exclusive. */
export interface ISpan {
  from: number;
  to: number;
}

/** A change of a text: what is between two offsets is replaced. */
export interface IEdit extends ISpan {
  insert: string;
}

/** A pair of a mapping whose keys and values are nodes, as all of a parsed text are. */
export type NodePair = Pair<Node, Node | null>;
export type NodeMap = YAMLMap<Node, Node | null>;

export function applyEdit(text: string, edit: IEdit): string {
  return text.slice(0, edit.from) + edit.insert + text.slice(edit.to);
}

export function spanOf(node: Node): ISpan {
  const [from, to] = node.range ?? [0, 0];
  return { from, to };
}

/** From the key of a pair to the end of its value. */
export function spanOfPair(pair: NodePair): ISpan {
  const { from, to } = spanOf(pair.key);
  return { from, to: Math.max(to, contentEnd(pair.value)) };
}

/** Where the last value in a node ends, comments behind it left out; 0 where there is none. */
export function contentEnd(node: Node | null): number {
  if ((isMap(node) || isSeq(node)) && !node.flow && node.items.length > 0) {
    const last: unknown = node.items[node.items.length - 1];
    return isMap(node)
      ? spanOfPair(last as NodePair).to
      : Math.max(spanOf(node).from, contentEnd(last as Node | null));
  }
  return node === null ? 0 : spanOf(node).to;
}

/** Whether a key is there without a value. */
export function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** Behind the colon of a key. */
export function behindColon(spec: SpecDocument, key: Node): number {
  return spec.text.indexOf(':', spanOf(key).to) + 1;
}

/** The end of the line of an offset, without what ends the line. */
export function lineEndAt(spec: SpecDocument, offset: number): number {
  const { from, to } = spec.lineAt(offset);
  return from + spec.text.slice(from, to).replace(/\r?\n$/, '').length;
}

export function columnAt(spec: SpecDocument, offset: number): number {
  return offset - spec.lineAt(offset).from;
}

/** Before the comments that stand directly above a line. */
export function aboveComments(spec: SpecDocument, lineStart: number): number {
  let start = lineStart;
  while (start > 0) {
    const { from } = spec.lineAt(start - 1);
    if (!/^\s*#/.test(spec.text.slice(from, start))) {
      break;
    }
    start = from;
  }
  return start;
}

/** Put a line where another one begins, or behind the last one. */
export function insertLine(
  spec: SpecDocument,
  at: number,
  line: string
): IEdit {
  const { text, lineEnd } = spec;
  const isOpen = at > 0 && text[at - 1] !== '\n';
  return { from: at, to: at, insert: isOpen ? lineEnd + line : line + lineEnd };
}

/** The lines of a pair in a block; null where its key does not begin a line. */
export function linesOfPair(spec: SpecDocument, pair: NodePair): ISpan | null {
  const span = spanOfPair(pair);
  const { from } = spec.lineAt(span.from);
  const { to } = spec.lineAt(Math.max(span.to - 1, span.from));
  return isBlank(spec, from, span.from) ? { from, to } : null;
}

/** An item of a block list from its dash to the end of its last line; null in brackets. */
export function spanOfItem(
  spec: SpecDocument,
  seq: YAMLSeq,
  index: number
): ISpan | null {
  const token = seq.srcToken as CST.BlockSequence | undefined;
  if (seq.flow || token?.type !== 'block-seq') {
    return null;
  }
  // Comments behind the last item may be an item without a dash.
  const dashes = token.items.flatMap(({ start }) =>
    start.filter(({ type }) => type === 'seq-item-ind')
  );
  const from = dashes[index]?.offset;
  if (from === undefined || !isBlank(spec, spec.lineAt(from).from, from)) {
    return null;
  }
  const end = contentEnd(seq.items[index] as Node | null);
  // A block scalar ends behind its last line, everything else in it.
  return { from, to: lineEndAt(spec, Math.max(end - 1, from)) };
}

/** The lines of an item of a block list; null where it shares one with something else. */
export function linesOfItem(
  spec: SpecDocument,
  seq: YAMLSeq,
  index: number
): ISpan | null {
  const span = spanOfItem(spec, seq, index);
  return span
    ? { from: spec.lineAt(span.from).from, to: spec.lineAt(span.to).to }
    : null;
}

/** Whether an offset is inside of brackets or braces. */
export function isInFlow(spec: SpecDocument, offset: number): boolean {
  const isInside = (node: unknown): boolean => {
    if (!isMap(node) && !isSeq(node)) {
      return false;
    }
    const { from, to } = spanOf(node as Node);
    if (offset < from || offset > to) {
      return false;
    }
    const children = isMap(node)
      ? node.items.map(({ value }) => value)
      : node.items;
    return node.flow === true || children.some(isInside);
  };
  return isInside(spec.root);
}

function isBlank(spec: SpecDocument, from: number, to: number): boolean {
  return spec.text.slice(from, to).trim() === '';
}
