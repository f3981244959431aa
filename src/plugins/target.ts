import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IEnvironment } from '../api/types';
import type { ITarget } from '../commandIds';
import type { IEnvStore } from '../tokens';
import { documentInFront } from './front';

/** The arguments of commands on an environment, for palettes and other callers. */
export const TARGET_ARGS = {
  type: 'object',
  properties: {
    namespace: {
      type: 'string',
      description: 'The namespace of the environment'
    },
    name: { type: 'string', description: 'The name of the environment' },
    isRow: {
      type: 'boolean',
      description: 'Whether it is the one of the row whose context menu is open'
    }
  }
} as const;

/** The arguments of commands on one build of an environment. */
export const BUILD_ARGS = {
  type: 'object',
  properties: {
    ...TARGET_ARGS.properties,
    buildId: {
      type: 'number',
      description: 'The build; the newest one when it is left out'
    }
  }
} as const;

/** Those on one that is kept: who lists builds knows which are pinned; the command does not. */
export const PINNED_ARGS = {
  type: 'object',
  properties: {
    ...BUILD_ARGS.properties,
    isPinned: {
      type: 'boolean',
      description:
        'Whether the build or its kernel is pinned, which disables the command'
    }
  }
} as const;

/** Finds out which environment a command is about. */
export class TargetFinder {
  constructor(app: JupyterFrontEnd, store: IEnvStore) {
    this._app = app;
    this._store = store;
  }

  /**
   * What the arguments name, or the row whose context menu they come from, or else the
   * document in front. JupyterLab knows of the last context menu also when it is closed.
   */
  find(args: ReadonlyPartialJSONObject): ITarget | null {
    if (typeof args.namespace === 'string' && typeof args.name === 'string') {
      return typeof args.buildId === 'number'
        ? { namespace: args.namespace, name: args.name, buildId: args.buildId }
        : { namespace: args.namespace, name: args.name };
    }
    const row =
      args.isRow === true &&
      this._app.contextMenuHitTest(node => 'namespace' in node.dataset);
    if (row) {
      // That of a namespace is about any environment in it.
      const { namespace = '', name = '*', build } = row.dataset;
      return { namespace, name, ...(build && { buildId: Number(build) }) };
    }
    const current = documentInFront(this._app.shell);
    const model: unknown =
      current && 'model' in current ? current.model : undefined;
    return isTarget(model)
      ? { namespace: model.namespace, name: model.name }
      : null;
  }

  environment(args: ReadonlyPartialJSONObject): IEnvironment | null {
    const target = this.find(args);
    return (
      target && this._store.environments.get(target.namespace, target.name)
    );
  }

  /** The build that the arguments name, or else the environment's newest. */
  buildId(args: ReadonlyPartialJSONObject): number | null {
    return (
      this.find(args)?.buildId ??
      this.environment(args)?.latest_build?.id ??
      null
    );
  }

  /** The build that the arguments name, or else the current one of a row. */
  chosenId(args: ReadonlyPartialJSONObject): number | undefined {
    return (
      this.find(args)?.buildId ??
      (args.isRow === true
        ? this.environment(args)?.published_build?.id
        : undefined)
    );
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _store: IEnvStore;
}

function isTarget(value: unknown): value is ITarget {
  return (
    typeof value === 'object' &&
    value !== null &&
    'namespace' in value &&
    'name' in value &&
    'builds' in value
  );
}
