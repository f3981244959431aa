import { EditorView } from '@codemirror/view';
import { fireEvent, screen } from '@testing-library/react';
import * as React from 'react';
import { YamlEditor } from '../components/yamlEditor';
import { editorFactory } from './editorFactory';
import { renderWithCommands } from './render';

const TAB = { key: 'Tab', code: 'Tab', keyCode: 9 };
const ESCAPE = { key: 'Escape', code: 'Escape', keyCode: 27 };

describe('an editor of YAML', () => {
  const factory = editorFactory();
  const shown = (
    text: string,
    onChange?: (text: string) => void
  ): JSX.Element => (
    <YamlEditor factory={factory} label="It" text={text} onChange={onChange} />
  );
  const content = (): HTMLElement =>
    screen.getByRole('textbox', { name: 'It' });
  const text = (): string | undefined =>
    EditorView.findFromDOM(content())?.state.doc.toString();
  /** Whether the browser moves the focus. */
  const leaves = (init = {}): boolean =>
    fireEvent.keyDown(content(), { ...TAB, ...init });

  it('lets Tab through where it can only be read, and never changes', () => {
    renderWithCommands(shown('a: 1\n'));
    EditorView.findFromDOM(content())?.dispatch({ selection: { anchor: 2 } });
    expect(leaves()).toBe(true);
    expect(leaves({ shiftKey: true })).toBe(true);
    fireEvent.keyDown(content(), ESCAPE);
    expect(leaves()).toBe(true);
    expect(text()).toBe('a: 1\n');
  });

  it('indents with Tab where it can be written, and is left after Escape', () => {
    const written = jest.fn();
    renderWithCommands(shown('a: 1\n', written));
    expect(leaves()).toBe(false);
    const indented = text();
    expect(indented).toMatch(/^ +a: 1\n$/);
    expect(written).toHaveBeenCalledWith(indented);
    fireEvent.keyDown(content(), ESCAPE);
    expect(leaves()).toBe(true);
    expect(text()).toBe(indented);
  });

  it('takes back what was written, and no more', () => {
    const written = jest.fn();
    renderWithCommands(shown('a: 1\n', written));
    const press = (key: string, shiftKey = false): boolean =>
      fireEvent.keyDown(content(), {
        key: shiftKey ? key.toUpperCase() : key,
        code: `Key${key.toUpperCase()}`,
        keyCode: key.toUpperCase().charCodeAt(0),
        ctrlKey: true,
        shiftKey
      });
    EditorView.findFromDOM(content())?.dispatch({
      changes: { from: 3, to: 4, insert: '2' }
    });
    expect(text()).toBe('a: 2\n');
    press('z');
    expect(text()).toBe('a: 1\n');
    expect(written).toHaveBeenLastCalledWith('a: 1\n');
    press('z');
    expect(text()).toBe('a: 1\n');
    press('z', true);
    expect(text()).toBe('a: 2\n');
    press('z');
    press('y');
    expect(text()).toBe('a: 2\n');
  });
});
