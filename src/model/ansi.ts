/** A stretch of text that a program has written in a colour or in bold. */
export interface IStyledSpan {
  from: number;
  to: number;
  /** Words: a colour, `bold`, or both. */
  style: string;
}

const COLORS = 'black red green yellow blue magenta cyan white'.split(' ');
const ESCAPE = String.fromCharCode(27);
const SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[([\\d;?]*)([@-~])|\\][^\\x07${ESCAPE}]*(?:\\x07|${ESCAPE}\\\\)|[@-Z])|\\r\\n?`,
  'g'
);
/** What may go on in the next piece of the text. */
const UNFINISHED = new RegExp(
  `(?:\\r|${ESCAPE}(?:\\[[\\d;?]*|\\][^\\x07${ESCAPE}]*)?)$`
);

/**
 * Reads text as a terminal does, piece by piece: what is left is what is to be read,
 * with the colours beside it. Lines that a program has written over stay.
 */
export class AnsiReader {
  /** The stretches of the whole text that are styled. */
  readonly spans: IStyledSpan[] = [];

  /** The text of a piece; what ends it unfinished is kept for the next. */
  read(piece: string): string {
    const all = this._rest + piece;
    const rest = UNFINISHED.exec(all);
    const raw = rest ? all.slice(0, rest.index) : all;
    this._rest = rest ? rest[0] : '';
    let text = '';
    let end = 0;
    for (const match of raw.matchAll(SEQUENCE)) {
      text += this._styled(raw.slice(end, match.index));
      end = match.index + match[0].length;
      if (match[0].startsWith('\r')) {
        text += this._styled('\n');
      } else if (match[2] === 'm') {
        this._apply(match[1] ?? '');
      }
    }
    return text + this._styled(raw.slice(end));
  }

  private _styled(text: string): string {
    const from = this._length;
    this._length += text.length;
    const style = [this._color, this._isBold && 'bold']
      .filter(Boolean)
      .join(' ');
    if (text && style) {
      this.spans.push({ from, to: this._length, style });
    }
    return text;
  }

  private _apply(codes: string): void {
    const numbers = codes.split(';').map(Number);
    for (let index = 0; index < numbers.length; index++) {
      const code = numbers[index] ?? 0;
      if (code === 0) {
        this._color = '';
        this._isBold = false;
      } else if (code === 1 || code === 22) {
        this._isBold = code === 1;
      } else if (code === 39) {
        this._color = '';
      } else if (code === 38 || code === 48) {
        // Of 256 or more colours, which have no names here.
        index += numbers[index + 1] === 5 ? 2 : 4;
      } else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) {
        this._color = COLORS[code % 10] ?? '';
      }
    }
  }

  private _rest = '';
  private _length = 0;
  private _color = '';
  private _isBold = false;
}
