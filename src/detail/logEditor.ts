import type { StateEffectType } from '@codemirror/state';
import {
  Compartment,
  EditorState,
  StateEffect,
  StateField
} from '@codemirror/state';
import type { DecorationSet } from '@codemirror/view';
import {
  Decoration,
  EditorView,
  lineNumbers,
  WidgetType
} from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import { occurrences } from './logText';

type Stretches = ReturnType<Decoration['range']>[];

/** A set of decorations that grows by one effect, or is made anew by another. */
function decorations(
  add: StateEffectType<Stretches>,
  reset?: StateEffectType<Stretches>
): StateField<DecorationSet> {
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update: (set, { effects, changes }) => {
      let next = set.map(changes);
      for (const effect of effects) {
        if (effect.is(add)) {
          next = next.update({ add: effect.value, sort: true });
        } else if (reset && effect.is(reset)) {
          next = Decoration.set(effect.value, true);
        }
      }
      return next;
    },
    provide: field => EditorView.decorations.from(field)
  });
}

/** A line of our own between the lines of the log. */
class Marker extends WidgetType {
  constructor(private readonly _text: string) {
    super();
  }

  toDOM(): HTMLElement {
    const node = document.createElement('div');
    node.className = 'jp-EnvStoreLog-break';
    node.textContent = this._text;
    return node;
  }
}

/** CodeMirror for a log: text that is only added to, in colours, and searched. */
export class LogEditor {
  constructor(host: HTMLElement, label: string) {
    this.view = new EditorView({
      parent: host,
      extensions: [
        jupyterTheme,
        lineNumbers(),
        this._wrap.of(EditorView.lineWrapping),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        decorations(this._style),
        decorations(this._match, this._matches),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label })
      ]
    });
  }

  readonly view: EditorView;

  /** When it scrolled of itself. */
  get scrolledAt(): number {
    return this._scrolledAt;
  }

  /** How many times the text that is searched for is there. */
  get count(): number {
    return this._found.length;
  }

  /** Which of them is selected, from 1; 0 for none. */
  get index(): number {
    return this._index + 1;
  }

  dispose(): void {
    this.view.destroy();
  }

  append(
    text: string,
    spans: readonly { from: number; to: number; style: string }[]
  ): void {
    const { view } = this;
    const { length } = view.state.doc;
    const from = Math.max(0, length - this._search.length + 1);
    view.dispatch({ changes: { from: length, insert: text } });
    const known = this._found.length;
    this._find(from);
    view.dispatch({
      effects: [
        this._style.of(
          spans.map(({ from, to, style }) =>
            Decoration.mark({
              attributes: { 'data-envstore-ansi': style }
            }).range(from, to)
          )
        ),
        this._match.of(this._marks(this._found.slice(known)))
      ]
    });
  }

  /** Put a line of our own where the text ended at an offset. */
  mark(at: number, text: string): void {
    const widget = new Marker(text);
    this.view.dispatch({
      effects: this._style.of([
        Decoration.widget({ widget, block: true, side: 1 }).range(at)
      ])
    });
  }

  wrap(isWrapped: boolean): void {
    this.view.dispatch({
      effects: this._wrap.reconfigure(isWrapped ? EditorView.lineWrapping : [])
    });
  }

  /** Mark every place where a text is, in whichever case, and select the first. */
  search(text: string): void {
    this._search = text.toLowerCase();
    this._found = [];
    this._index = -1;
    this._find(0);
    this.view.dispatch({ effects: this._matches.of(this._marks(this._found)) });
    this.step(1);
  }

  /** Select the next place, or the one before; after the last comes the first. */
  step(by: 1 | -1): void {
    const { length } = this._found;
    if (length > 0) {
      this._index = (Math.max(this._index + by, by - 1) + length) % length;
      const from = this._found[this._index] ?? 0;
      this.select(from, from + this._search.length);
    }
  }

  select(from: number, to: number): void {
    this._scrolledAt = Date.now();
    this.view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: 'center' })
    });
  }

  scrollToEnd(): void {
    const { state } = this.view;
    this._scrolledAt = Date.now();
    this.view.dispatch({
      effects: EditorView.scrollIntoView(state.doc.length, { y: 'end' })
    });
  }

  private _find(from: number): void {
    if (this._search !== '') {
      const text = this.view.state.doc.sliceString(from);
      this._found.push(...occurrences(text, this._search, from));
    }
  }

  private _marks(places: readonly number[]): Stretches {
    const mark = Decoration.mark({ class: 'jp-EnvStoreLog-match' });
    return places.map(from => mark.range(from, from + this._search.length));
  }

  private readonly _wrap = new Compartment();
  private readonly _style = StateEffect.define<Stretches>();
  private readonly _match = StateEffect.define<Stretches>();
  private readonly _matches = StateEffect.define<Stretches>();
  private _search = '';
  private _found: number[] = [];
  private _index = -1;
  private _scrolledAt = 0;
}
