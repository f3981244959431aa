import type { IProblem } from './types';

/** A request that the server refused, or that never reached it. */
export class EnvStoreError extends Error {
  constructor(options: EnvStoreError.IOptions) {
    super(options.message);
    this.name = 'EnvStoreError';
    this.kind = options.kind;
    this.status = options.status ?? 0;
    this.hint = options.hint ?? null;
    this.problems = options.problems ?? [];
  }

  readonly kind: EnvStoreError.Kind;
  /** The HTTP status; 0 when there was no reply. */
  readonly status: number;
  /** What to do about it. */
  readonly hint: string | null;
  readonly problems: readonly IProblem[];
}

export namespace EnvStoreError {
  /**
   * `refused`: the store answered with an error; `absent`: the server answers,
   * but has no store; `unreachable`: no answer came.
   */
  export type Kind = 'refused' | 'absent' | 'unreachable';

  export interface IOptions {
    message: string;
    kind: Kind;
    status?: number;
    hint?: string | null;
    problems?: IProblem[];
  }
}
