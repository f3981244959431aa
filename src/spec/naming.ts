import { editFor } from './changes';
import { SpecDocument } from './document';
import { applyEdit } from './spans';

/** The name that a specification gives its environment; empty where it gives none. */
export function nameIn(text: string): string {
  return new SpecDocument(text).name.text;
}

/** The specification under a name; unchanged where its text cannot be read. */
export function withName(text: string, name: string): string {
  const spec = new SpecDocument(text);
  if (spec.name.text === name) {
    return text;
  }
  const edit = editFor(spec, { kind: 'field', key: 'name', value: name });
  return edit ? applyEdit(text, edit) : text;
}
