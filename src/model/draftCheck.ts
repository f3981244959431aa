import { Debouncer } from '@lumino/polling';
import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IProblem } from '../api/types';

/** Milliseconds without a keystroke before the text is checked. */
const DELAY = 300;

/** What the server thinks of a text that is being written. */
export class DraftCheck {
  constructor(options: DraftCheck.IOptions) {
    this._options = options;
    this._debouncer = new Debouncer(() => this.now(), DELAY);
  }

  /** The name that the text gives the environment, once it was checked. */
  name: string | null = null;
  problems: readonly IProblem[] = [];
  warnings: readonly IProblem[] = [];
  /** Why the last request failed. */
  error: EnvStoreError | null = null;
  isRunning = false;
  /** What a build of a text has failed for. */
  failed: { text: string; problems: readonly IProblem[] } | null = null;

  /** All that is known to be wrong with a text. */
  problemsOf(text: string): readonly IProblem[] {
    return this.failed?.text === text
      ? [...this.problems, ...this.failed.problems]
      : this.problems;
  }

  dispose(): void {
    this.abort();
    this._debouncer.dispose();
  }

  /** Nobody waits for the answer any more. */
  abort(): void {
    this._request?.abort();
    void this._debouncer.stop();
    this.isRunning = false;
  }

  /** Ask once nothing more was written for a while. */
  soon(): void {
    this.abort();
    this.isRunning = true;
    this._options.changed();
    // A debouncer rejects the calls that it drops.
    this._debouncer.invoke().catch(() => undefined);
  }

  async now(): Promise<void> {
    const { client, subject, changed } = this._options;
    const wanted = subject();
    const request = new AbortController();
    const { signal } = request;
    this._request = request;
    this.isRunning = true;
    try {
      const { text, namespace, lockfile } = wanted;
      const reply = await client.check(text, namespace, { signal }, lockfile);
      if (signal.aborted) {
        return;
      }
      this.name = lockfile ?? reply.name;
      this.problems = reply.problems;
      this.warnings = reply.warnings;
      this.error = null;
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      this.error = error as EnvStoreError;
    }
    this.isRunning = false;
    changed();
  }

  private readonly _options: DraftCheck.IOptions;
  private readonly _debouncer: Debouncer;
  private _request: AbortController | null = null;
}

export namespace DraftCheck {
  export interface IOptions {
    client: Pick<DetailClient, 'check'>;
    /** What to check, and the name of the environment if it is a lockfile. */
    subject: () => {
      text: string;
      namespace: string | null;
      lockfile?: string;
    };
    changed: () => void;
  }
}
