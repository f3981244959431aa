import { isScalar } from 'yaml';
import { SpecDocument } from './document';
import {
  removeKey,
  removeVariable,
  renameVariable,
  rewrite,
  setField,
  setVariable
} from './fieldEdits';
import type { ListName } from './listEdits';
import { addItem, removeItem, swapItems } from './listEdits';
import type { IEdit } from './spans';
import { applyEdit } from './spans';

/** What a form can do to a specification. Places are the server's: `dependencies[2]`. */
export type Change =
  | { kind: 'set'; place: string; value: string }
  | { kind: 'add'; list: ListName; value: string }
  | { kind: 'remove'; place: string }
  | { kind: 'swap'; place: string; by: 1 | -1 }
  | { kind: 'field'; key: 'name' | 'description'; value: string }
  | { kind: 'removeField'; key: 'name' | 'description' }
  | { kind: 'variable'; name: string; value: string }
  | { kind: 'renameVariable'; name: string; to: string }
  | { kind: 'removeVariable'; name: string };

/**
 * The edit of the text that makes a change, and nothing else.
 *
 * Every edit is tried first: null means that it could not be made, or that the specification would
 * then say something else than what was asked for. Such texts are edited as text.
 */
export function editFor(spec: SpecDocument, change: Change): IEdit | null {
  if (!spec.isReadable) {
    return null;
  }
  try {
    const edit = draftOf(spec, change);
    if (edit === null) {
      return null;
    }
    const after = new SpecDocument(applyEdit(spec.text, edit));
    const wanted = changed(spec.toValue(), change, spec.pipPlace);
    return after.isReadable && isSame(after.toValue(), wanted) ? edit : null;
  } catch {
    // Aliases that would multiply the text, or a value of another shape than expected.
    return null;
  }
}

function draftOf(spec: SpecDocument, change: Change): IEdit | null {
  switch (change.kind) {
    case 'set': {
      const node = spec.nodeAt(change.place);
      return isScalar(node) ? rewrite(spec, node, change.value) : null;
    }
    case 'add':
      return addItem(spec, change.list, change.value);
    case 'remove':
      return removeItem(spec, change.place);
    case 'swap':
      return swapItems(spec, change.place, change.by);
    case 'field':
      return setField(spec, change.key, change.value);
    case 'removeField':
      return removeKey(spec, change.key);
    case 'variable':
      return setVariable(spec, change.name, change.value);
    case 'renameVariable':
      return renameVariable(spec, change.name, change.to);
    case 'removeVariable':
      return removeVariable(spec, change.name);
  }
}

type Plain = Record<string, unknown>;

/** Makes the change in the specification as plain values. */
function changed(value: Plain, change: Change, pipPlace: string | null): Plain {
  switch (change.kind) {
    case 'set': {
      const { parent, key } = parentOf(value, change.place);
      parent[key] = change.value;
      break;
    }
    case 'add':
      addTo(value, change.list, change.value, pipPlace);
      break;
    case 'remove':
      removeFrom(value, change.place);
      break;
    case 'swap': {
      const { parent, key } = parentOf(value, change.place);
      const other = String(Number(key) + change.by);
      [parent[key], parent[other]] = [parent[other], parent[key]];
      break;
    }
    case 'field':
      value[change.key] = change.value;
      break;
    case 'removeField':
      delete value[change.key];
      break;
    case 'variable':
      value.variables = {
        ...(value.variables as Plain | null),
        [change.name]: change.value
      };
      break;
    case 'renameVariable':
      value.variables = Object.fromEntries(
        Object.entries(value.variables as Plain).map(([name, item]) => [
          name === change.name ? change.to : name,
          item
        ])
      );
      break;
    case 'removeVariable': {
      const variables = value.variables as Plain;
      delete variables[change.name];
      if (Object.keys(variables).length === 0) {
        delete value.variables;
      }
      break;
    }
  }
  return value;
}

function addTo(
  value: Plain,
  list: ListName,
  item: string,
  pipPlace: string | null
): void {
  const key = list === 'channels' ? list : 'dependencies';
  const items = (value[key] ??= []) as unknown[];
  if (list === 'pip') {
    if (pipPlace === null) {
      items.push({ pip: [item] });
    } else {
      const { parent, key: section } = parentOf(value, pipPlace);
      ((parent[section] as Plain).pip as unknown[]).push(item);
    }
    return;
  }
  let end = items.length;
  while (key === 'dependencies' && end > 0 && isPip(items[end - 1])) {
    end -= 1;
  }
  items.splice(end, 0, item);
}

function removeFrom(value: Plain, place: string): void {
  const { parent, key } = parentOf(value, place);
  const list = parent as unknown as unknown[];
  list.splice(Number(key), 1);
  if (list.length === 0 && place.includes('.pip[')) {
    removeFrom(value, place.replace(/\.pip\[\d+\]$/, ''));
  }
}

/** The mapping or list that has the value at a place, and its key or index in it. */
function parentOf(value: Plain, place: string): { parent: Plain; key: string } {
  const steps = place.split(/[.[\]]+/).filter(step => step !== '');
  const key = steps.pop() ?? '';
  const parent = steps.reduce((at, step) => at[step] as Plain, value);
  return { parent, key };
}

function isPip(item: unknown): boolean {
  return (
    typeof item === 'object' &&
    item !== null &&
    Array.isArray((item as Plain).pip)
  );
}

/** Equal as YAML values; in mappings the order does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) {
    // A variable may stay the number that it was.
    return one === other || (typeof one === 'number' && String(one) === other);
  }
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === others.length &&
    keys.every(key => isSame((one as Plain)[key], (other as Plain)[key]))
  );
}
