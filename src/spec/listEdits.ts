import type { Node, YAMLSeq } from 'yaml';
import { isScalar, isSeq } from 'yaml';
import type { SpecDocument } from './document';
import { putBelow } from './fieldEdits';
import { scalarSource } from './scalar';
import type { IEdit } from './spans';
import {
  aboveComments,
  behindColon,
  columnAt,
  insertLine,
  linesOfItem,
  spanOf,
  spanOfItem
} from './spans';

/** The lists of a specification. */
export type ListName = 'channels' | 'dependencies' | 'pip';

/**
 * Add an item; `pip` makes a pip section where there is none. What conda is asked for comes before
 * a pip section that ends the list.
 */
export function addItem(
  spec: SpecDocument,
  list: ListName,
  value: string
): IEdit | null {
  const source = (isFlow: boolean): string =>
    scalarSource(value, 'PLAIN', isFlow);
  if (list === 'pip') {
    return addToPip(spec, source);
  }
  const seq = spec.value(list);
  if (!isSeq(seq) || seq.items.length === 0) {
    return putBelow(spec, list, `- ${source(false)}`);
  }
  return append(spec, seq, source, condaEnd(spec, list, seq));
}

/** Take an item out of its list, with its line where it has one of its own. */
export function removeItem(spec: SpecDocument, place: string): IEdit | null {
  const found = itemAt(spec, place);
  if (!found) {
    return null;
  }
  const { seq, index } = found;
  if (seq.items.length === 1) {
    // A list must stay one; a pip section goes with its last item.
    const section = /^(.*)\.pip\[0\]$/.exec(place)?.[1];
    return section ? removeItem(spec, section) : emptied(spec, place, seq);
  }
  if (!seq.flow) {
    const lines = linesOfItem(spec, seq, index);
    return lines && { ...lines, insert: '' };
  }
  const { from, to } = spanOf(seq.items[index] as Node);
  return index > 0
    ? { from: spanOf(seq.items[index - 1] as Node).to, to, insert: '' }
    : { from, to: spanOf(seq.items[1] as Node).from, insert: '' };
}

/** Let an item and the one before or behind it change places, their comments included. */
export function swapItems(
  spec: SpecDocument,
  place: string,
  by: 1 | -1
): IEdit | null {
  const found = itemAt(spec, place);
  if (!found || !found.seq.items[found.index + by]) {
    return null;
  }
  const { seq, index } = found;
  const upper = Math.min(index, index + by);
  const [first, second] = [upper, upper + 1].map(at =>
    seq.flow ? spanOf(seq.items[at] as Node) : spanOfItem(spec, seq, at)
  );
  if (!first || !second) {
    return null;
  }
  const { text } = spec;
  return {
    from: first.from,
    to: second.to,
    insert:
      text.slice(second.from, second.to) +
      text.slice(first.to, second.from) +
      text.slice(first.from, first.to)
  };
}

type Source = (isFlow: boolean) => string;

function addToPip(spec: SpecDocument, source: Source): IEdit | null {
  const place = spec.pipPlace;
  const section = place === null ? null : spec.pip(place);
  if (section && section.items.length > 0) {
    return append(spec, section, source, section.items.length);
  }
  if (section?.flow) {
    const { from } = spanOf(section as Node);
    return { from: from + 1, to: from + 1, insert: source(true) };
  }
  const seq = spec.value('dependencies');
  const isList = isSeq(seq) && seq.items.length > 0;
  const first = isList ? spanOfItem(spec, seq, 0) : null;
  const column = first ? columnAt(spec, first.from) : 2;
  const whole = (isFlow: boolean): string =>
    isFlow
      ? `{pip: [${source(true)}]}`
      : `pip:${spec.lineEnd}${' '.repeat(column + 2)}- ${source(false)}`;
  return isList
    ? append(spec, seq, whole, seq.items.length)
    : putBelow(spec, 'dependencies', `- ${whole(false)}`);
}

/** Behind the last item, but before pip sections that end the list. */
function condaEnd(spec: SpecDocument, list: string, seq: YAMLSeq): number {
  let end = seq.items.length;
  while (end > 0 && spec.pip(`${list}[${end - 1}]`)) {
    end -= 1;
  }
  return end;
}

/** Add an item before the one at `index`, or behind the last one. */
function append(
  spec: SpecDocument,
  seq: YAMLSeq,
  source: Source,
  index: number
): IEdit | null {
  const neighbour = Math.max(index - 1, 0);
  if (seq.flow) {
    const { from, to } = spanOf(seq.items[neighbour] as Node);
    if (index === 0) {
      return { from, to: from, insert: `${source(true)}, ` };
    }
    // On a line of its own where the others have lines.
    const { from: start } = spec.lineAt(from);
    const lead = spec.text.slice(start, from);
    const gap = start > 0 && /^\s+$/.test(lead) ? spec.lineEnd + lead : ' ';
    return { from: to, to, insert: `,${gap}${source(true)}` };
  }
  const item = spanOfItem(spec, seq, neighbour);
  const lines = linesOfItem(spec, seq, neighbour);
  if (!item || !lines) {
    return null;
  }
  const lead = spec.text.slice(lines.from, item.from);
  const at = index > 0 ? lines.to : aboveComments(spec, lines.from);
  return insertLine(spec, at, `${lead}- ${source(false)}`);
}

/** A list without its only item, in brackets, since nothing would be no list. */
function emptied(
  spec: SpecDocument,
  place: string,
  seq: YAMLSeq
): IEdit | null {
  if (seq.flow) {
    const { from, to } = spanOf(seq as Node);
    return { from: from + 1, to: to - 1, insert: '' };
  }
  const lines = linesOfItem(spec, seq, 0);
  const key = spec.pair(place.replace(/\[\d+\]$/, ''))?.key;
  if (!lines || !isScalar(key)) {
    return null;
  }
  const colon = behindColon(spec, key);
  return {
    from: colon,
    to: lines.to,
    insert: ` []${spec.text.slice(colon, lines.from)}`
  };
}

function itemAt(
  spec: SpecDocument,
  place: string
): { seq: YAMLSeq; index: number } | null {
  const [, list, index] = /^(.*)\[(\d+)\]$/.exec(place) ?? [];
  const seq = list === undefined ? null : spec.nodeAt(list);
  return isSeq(seq) && Number(index) < seq.items.length
    ? { seq: seq as YAMLSeq, index: Number(index) }
    : null;
}
