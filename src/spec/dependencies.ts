import { editFor } from './changes';
import type { IDependency } from './document';
import { SpecDocument } from './document';
import { nameFor, pinned } from './matchspec';
import { applyEdit } from './spans';

/**
 * Add a match spec to the dependencies of a specification, or a requirement of pip's to its pip
 * section; they are added where there are none.
 *
 * The text comes back unchanged where it asks for the package already, and where it cannot be read.
 */
export function addDependency(
  text: string,
  matchSpec: string,
  manager: IDependency['manager'] = 'conda'
): string {
  const list = manager === 'conda' ? 'dependencies' : manager;
  return findDependency(text, matchSpec, manager)
    ? text
    : changed(text, { kind: 'add', list, value: matchSpec });
}

/**
 * Let the specification ask for a package in these words and no others: what it asks for by that
 * name is replaced in its place, else the match spec is added. Of one like `name==1.0` only the
 * version is taken, where what is asked for says more than that.
 */
export function setDependency(
  text: string,
  matchSpec: string,
  manager: IDependency['manager'] = 'conda'
): string {
  const known = findDependency(text, matchSpec, manager);
  return known
    ? changed(text, {
        kind: 'set',
        place: known.place,
        value: pinned(known.text, matchSpec, manager)
      })
    : addDependency(text, matchSpec, manager);
}

function findDependency(
  text: string,
  matchSpec: string,
  manager: IDependency['manager']
): IDependency | undefined {
  const wanted = nameFor(manager, matchSpec);
  return new SpecDocument(text).dependencies.find(
    item => item.manager === manager && nameFor(manager, item.text) === wanted
  );
}

function changed(text: string, change: Parameters<typeof editFor>[1]): string {
  const edit = editFor(new SpecDocument(text), change);
  return edit ? applyEdit(text, edit) : text;
}
