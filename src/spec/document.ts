import type { Document, ErrorCode, Node, Scalar, YAMLSeq } from 'yaml';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { IProblem } from '../api/types';
import type { NodeMap, NodePair } from './spans';

/** An item of a list, or a value, as the text has it. */
export interface IEntry {
  /** As the server names it in problems: `dependencies[2]`. */
  place: string;
  /** The value; the source of what is no text. */
  text: string;
  /** From 1; 0 for what is not there. */
  line: number;
  /** Whether it can be written anew by itself. */
  isEditable: boolean;
  /** The comment behind it. */
  comment: string;
}

export interface IDependency extends IEntry {
  manager: 'conda' | 'pip';
}

export interface IVariable extends IEntry {
  name: string;
}

/** What keeps a text from being read, by a code that other words can be found by. */
export interface ISpecProblem extends IProblem {
  code: ErrorCode | 'UNREADABLE' | 'NO_KEYS';
}

/** Characters of a text that is read at all: the server takes no more either. */
const MOST = 250_000;

/** The keys that a form has fields for. */
const SHOWN = new Set([
  'name',
  'description',
  'channels',
  'dependencies',
  'variables'
]);

/**
 * A specification as its text, and what a form shows of it.
 *
 * The text is the only truth: this is a view of one text, which knows where in it every value is,
 * and never writes YAML anew. What changes a specification is an edit of its text (see `changes`),
 * so that comments, order and every byte that is not edited stay.
 */
export class SpecDocument {
  constructor(text: string) {
    this.text = text;
    this._lines = new LineCounter();
    this._parsed = parse(text, this._lines);
    const { contents = null, errors = [] } = this._parsed ?? {};
    this.root = isMap(contents) ? (contents as NodeMap) : null;
    this.problems = errors.map(({ code, message, pos }) =>
      this._problem(code, message, pos)
    );
    const isEmpty = isScalar(contents) && contents.source === '';
    if (this._parsed === null) {
      this.problems.push(
        this._problem('UNREADABLE', 'It is too long, or nested too deeply.')
      );
    } else if (this.root === null && contents !== null && !isEmpty) {
      this.problems.push(
        this._problem('NO_KEYS', 'It has no keys.', contents.range ?? undefined)
      );
    }
  }

  readonly text: string;
  /** What keeps the text from being read; its parts are not known then. */
  readonly problems: ISpecProblem[];
  /** Null for a text without any key. */
  readonly root: NodeMap | null;

  /** Whether the parts of the specification are known, and can be edited one by one. */
  get isReadable(): boolean {
    return this.problems.length === 0;
  }

  get name(): IEntry {
    return this._field('name');
  }

  get description(): IEntry {
    return this._field('description');
  }

  get channels(): readonly IEntry[] {
    return this._items('channels');
  }

  /** What conda is asked for, and then what pip is, each in the order of the text. */
  get dependencies(): readonly IDependency[] {
    const conda: IDependency[] = [];
    const pip: IDependency[] = [];
    for (const entry of this._items('dependencies')) {
      if (this.pip(entry.place) === null) {
        conda.push({ ...entry, manager: 'conda' });
      } else {
        const lines = this._items(`${entry.place}.pip`);
        pip.push(...lines.map(line => ({ ...line, manager: 'pip' as const })));
      }
    }
    return [...conda, ...pip];
  }

  get variables(): readonly IVariable[] {
    const node = this.value('variables');
    const pairs = isMap(node) ? (node as NodeMap).items : [];
    return pairs.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : this._source(key);
      const entry = this._entry(`variables.${name}`, value, key);
      return { ...entry, name };
    });
  }

  /** The keys that a form has no field for, and that stay as they are. */
  get otherKeys(): readonly string[] {
    const keys = this.root?.items.map(({ key }) =>
      isScalar(key) ? String(key.value) : this._source(key)
    );
    return keys?.filter(key => !SHOWN.has(key)) ?? [];
  }

  /** The pip section at a place like `dependencies[3]`; null where there is none. */
  pip(place: string): YAMLSeq | null {
    const node = this.nodeAt(place);
    const list = isMap(node) ? node.get('pip', true) : null;
    return isSeq(list) ? (list as YAMLSeq) : null;
  }

  /** The place of the first pip section. */
  get pipPlace(): string | null {
    const places = this._items('dependencies').map(({ place }) => place);
    return places.find(place => this.pip(place) !== null) ?? null;
  }

  pair(key: string): NodePair | null {
    return (
      this.root?.items.find(
        ({ key: node }) => isScalar(node) && node.value === key
      ) ?? null
    );
  }

  value(key: string): Node | null {
    return this.pair(key)?.value ?? null;
  }

  /** The value at a place as the server names it: `dependencies[2].pip[0]`. */
  nodeAt(place: string): Node | null {
    let node: unknown = this.root;
    for (const [, key, index] of place.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
      if (key !== undefined && isMap(node)) {
        node = node.get(key, true);
      } else if (index !== undefined && isSeq(node)) {
        node = node.items[Number(index)];
      } else {
        return null;
      }
    }
    return (node as Node | undefined) ?? null;
  }

  /** The specification as plain values. */
  toValue(): Record<string, unknown> {
    return (this._parsed?.toJS() ?? {}) as Record<string, unknown>;
  }

  /** Where the line of an offset begins, and where the next one does. */
  lineAt(offset: number): { from: number; to: number } {
    const from = this.text.lastIndexOf('\n', offset - 1) + 1;
    const end = this.text.indexOf('\n', offset);
    return { from, to: end === -1 ? this.text.length : end + 1 };
  }

  /** How the text ends its lines. */
  get lineEnd(): string {
    return /\r?\n/.exec(this.text)?.[0] ?? '\n';
  }

  private _field(key: string): IEntry {
    const pair = this.pair(key);
    const entry = this._entry(key, pair?.value ?? null, pair?.key ?? null);
    const isText = pair === null || isPlainScalar(pair.value);
    // A text of several lines is written anew as a whole.
    const canBeAdded = pair !== null || !this.root?.flow;
    return { ...entry, isEditable: isText && canBeAdded };
  }

  private _items(place: string): IEntry[] {
    const seq = this.nodeAt(place);
    return isSeq(seq)
      ? seq.items.map((item, index) =>
          this._entry(`${place}[${index}]`, item as Node | null, null)
        )
      : [];
  }

  private _entry(place: string, node: Node | null, key: Node | null): IEntry {
    const source = this._source(node);
    const offset = (node ?? key)?.range?.[0];
    return {
      place,
      text:
        isScalar(node) && typeof node.value === 'string' ? node.value : source,
      line: offset === undefined ? 0 : this._position(offset).line,
      isEditable: isPlainScalar(node) && !source.includes('\n'),
      comment: (isScalar(node) && node.comment?.trim()) || ''
    };
  }

  private _source(node: Node | null): string {
    const range = node?.range;
    return range ? this.text.slice(range[0], range[1]) : '';
  }

  private _problem(
    code: ISpecProblem['code'],
    message: string,
    range: readonly number[] = [0, 0]
  ): ISpecProblem {
    const start = this._position(range[0] ?? 0);
    const end = this._position(range[1] ?? 0);
    return {
      code,
      place: '',
      message,
      hint: null,
      line: start.line,
      column: start.column,
      end_line: end.line,
      end_column: end.column,
      instead: [],
      missing: null
    };
  }

  /** Line and column from 1, in characters, as the server counts. */
  private _position(offset: number): { line: number; column: number } {
    const { line, col } = this._lines.linePos(
      Math.min(offset, this.text.length)
    );
    const before = this.text.slice(offset - Math.max(col - 1, 0), offset);
    return { line: Math.max(line, 1), column: [...before].length + 1 };
  }

  private readonly _lines: LineCounter;
  private readonly _parsed: Document.Parsed | null;
}

/** Null for what would take too long, or has too many levels. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | null {
  if (text.length > MOST) {
    return null;
  }
  try {
    return parseDocument(text, {
      keepSourceTokens: true,
      lineCounter,
      // Also for a document of YAML 1.1: see scripts/leave-out.js.
      schema: 'core',
      prettyErrors: false,
      logLevel: 'silent'
    });
  } catch {
    return null;
  }
}

/** Anchors and tags say more than a form knows. */
function isPlainScalar(node: Node | null): boolean {
  return (
    node === null ||
    (isScalar(node) &&
      (node as Scalar).anchor === undefined &&
      node.tag === undefined)
  );
}
