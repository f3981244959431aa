import type { Extension } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { DecorationSet } from '@codemirror/view';
import { Decoration, EditorView, gutter, GutterMarker } from '@codemirror/view';
import type { IUnderline } from '../spec/lint';

const set = StateEffect.define<readonly IUnderline[]>();

/** What is underlined, kept with its text while that is changed around it. */
const underlined = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, { changes, effects }) =>
    effects.reduce(
      (_, effect) =>
        effect.is(set)
          ? Decoration.set(
              effect.value.map(({ from, to, severity, message }) =>
                Decoration.mark({
                  class: `cm-lintRange cm-lintRange-${severity}`,
                  attributes: { title: message },
                  severity,
                  message
                }).range(from, to)
              ),
              true
            )
          : _,
      marks.map(changes)
    ),
  provide: field => EditorView.decorations.from(field)
});

class Sign extends GutterMarker {
  constructor(
    private readonly _item: Pick<IUnderline, 'severity' | 'message'>
  ) {
    super();
  }

  override eq(other: Sign): boolean {
    return other._item.message === this._item.message;
  }

  override toDOM(): HTMLElement {
    const { severity, message } = this._item;
    const node = document.createElement('span');
    node.className = 'jp-EnvStore-sign';
    node.dataset.severity = severity;
    node.textContent = severity === 'error' ? '✕' : '!';
    node.title = message;
    return node;
  }
}

/** Underlines what is wrong, with a sign beside its line; the message is its title. */
export const marks: Extension = [
  underlined,
  gutter({
    class: 'jp-EnvStore-signs',
    lineMarker: (view, { from, to }) => {
      let sign: Sign | null = null;
      view.state.field(underlined).between(from, to, (_from, _to, { spec }) => {
        sign ??= new Sign(spec as IUnderline);
      });
      return sign;
    },
    lineMarkerChange: ({ transactions }) =>
      transactions.some(({ effects }) => effects.some(item => item.is(set))),
    initialSpacer: () => new Sign({ severity: 'error', message: '' })
  })
];

/** Underline these, and nothing else. */
export function mark(view: EditorView, found: readonly IUnderline[]): void {
  view.dispatch({ effects: set.of(found) });
}
