import { editFor } from './changes';
import { SpecDocument } from './document';
import { applyEdit } from './spans';

/** The keys of a mapping: those of YAML without reading it, for lockfiles are long. */
function topKeys(text: string): string[] {
  try {
    return Object.keys(JSON.parse(text) as object);
  } catch {
    const keys = text.matchAll(/^["']?([A-Za-z_][\w-]*)["']?[ \t]*:(?=\s|$)/gm);
    return Array.from(keys, ([, key = '']) => key);
  }
}

/** What sort of lockfile a text is, in the server's words; null for a specification. */
export function lockfileKind(text: string): string | null {
  if (/^@EXPLICIT[ \t]*\r?$/m.test(text)) {
    return 'explicit';
  }
  const keys = topKeys(text);
  const isThere = (key: string): boolean =>
    keys.includes('version') && keys.includes(key);
  return isThere('package')
    ? 'conda-lock'
    : isThere('environments')
      ? 'pixi.lock'
      : null;
}

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
