import { editFor } from './changes';
import { SpecDocument } from './document';
import { packageName } from './matchspec';
import { applyEdit } from './spans';

/**
 * Add a match spec to the dependencies of a specification; they are added where there are none.
 *
 * The text comes back unchanged where it asks for the package already, and where it cannot be read.
 */
export function addDependency(text: string, matchSpec: string): string {
  return findDependency(text, matchSpec)
    ? text
    : changed(text, { kind: 'add', list: 'dependencies', value: matchSpec });
}

/**
 * Let the specification ask for a package in these words and no others: what it asks for by that
 * name is replaced in its place, else the match spec is added.
 */
export function setDependency(text: string, matchSpec: string): string {
  const known = findDependency(text, matchSpec);
  return known
    ? changed(text, { kind: 'set', place: known.place, value: matchSpec })
    : addDependency(text, matchSpec);
}

function findDependency(
  text: string,
  matchSpec: string
): { place: string } | undefined {
  const wanted = packageName(matchSpec);
  return new SpecDocument(text).dependencies.find(
    item => item.manager === 'conda' && packageName(item.text) === wanted
  );
}

function changed(text: string, change: Parameters<typeof editFor>[1]): string {
  const edit = editFor(new SpecDocument(text), change);
  return edit ? applyEdit(text, edit) : text;
}
