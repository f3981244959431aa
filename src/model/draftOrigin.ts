import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ISourceFile } from './conversion';
import { ConversionModel } from './conversion';
import type { DraftModel } from './draft';

/** Bytes of a file that is read at all: large lockfiles have some millions. */
const MOST_BYTES = 20_000_000;

/** What a new environment is made from: a template, another environment, a file. */
export class DraftOrigin {
  constructor(options: {
    client: ConversionModel.Client;
    draft: DraftOrigin.IDraft;
  }) {
    this._draft = options.draft;
    this.conversion = new ConversionModel({ client: options.client });
  }

  readonly conversion: ConversionModel;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether something that was written was replaced, and can be had back. */
  get canUndo(): boolean {
    return this._replaced !== null;
  }

  dispose(): void {
    this.conversion.dispose();
    Signal.clearData(this);
  }

  /** Begin with what an environment was built of; a name that was chosen stays. */
  async begin(text: string): Promise<void> {
    this.conversion.forget();
    const { lockfileKind } = await import(
      /* webpackChunkName: "documents" */ '../spec/naming'
    );
    await this._write(text, lockfileKind(text), null);
  }

  /** Begin with a file of the user's own computer; `tooLarge` is said of one that is. */
  async readFile(
    file: Pick<File, 'name' | 'size' | 'text'>,
    tooLarge: (most: number) => string
  ): Promise<void> {
    if (file.size > MOST_BYTES) {
      this.conversion.refuse(
        { text: '', filename: file.name },
        tooLarge(MOST_BYTES)
      );
    } else {
      await this.read({ text: await file.text(), filename: file.name });
    }
  }

  /** Begin with a file of any kind; what becomes of it is in `conversion`. */
  async read(file: ISourceFile): Promise<void> {
    const reply = await this.conversion.convert(file);
    if (reply === null || reply.specification === null) {
      return;
    }
    const { specification, is_lockfile: isLockfile, kind, name } = reply;
    await this._write(specification, isLockfile ? kind : null, name);
  }

  /** Go back to what was written before, and from there to what it was replaced by. */
  undo(): void {
    const replaced = this._replaced;
    if (replaced === null) {
      return;
    }
    const { text, lockfile } = this._draft;
    this._replaced = { text, lockfile };
    this.conversion.forget();
    if (replaced.lockfile) {
      this._draft.setLockfile(replaced.text, replaced.lockfile);
    } else {
      this._draft.setText(replaced.text);
    }
    this._changed.emit();
  }

  /** Write it under the name that was chosen, or else under its own; `kind` is a lockfile's. */
  private async _write(
    wanted: string,
    kind: string | null,
    name: string | null
  ): Promise<void> {
    const [{ nameIn, withName }, { DEFAULT_NAME }] = await Promise.all([
      import(/* webpackChunkName: "documents" */ '../spec/naming'),
      import(/* webpackChunkName: "documents" */ '../spec/template')
    ]);
    const { text, lockfile, isDirty } = this._draft;
    this._replaced = isDirty ? { text, lockfile } : null;
    const now = lockfile ? lockfile.name : nameIn(text);
    // Not the one that was begun with.
    const chosen = now === DEFAULT_NAME || now === this._given ? '' : now;
    const own = name || (kind === null ? nameIn(wanted) : now) || DEFAULT_NAME;
    this._given = chosen ? '' : own;
    const given = chosen || own;
    if (kind === null) {
      this._draft.setText(withName(wanted, given));
    } else {
      this._draft.setLockfile(wanted, { kind, name: given, description: '' });
    }
    this._changed.emit();
  }

  private readonly _draft: DraftOrigin.IDraft;
  private readonly _changed = new Signal<this, void>(this);
  /** The name that a template or file came with, which the user has not changed yet. */
  private _given = '';
  private _replaced: {
    text: string;
    lockfile: DraftModel.ILockfile | null;
  } | null = null;
}

export namespace DraftOrigin {
  export type IDraft = Pick<
    DraftModel,
    'text' | 'lockfile' | 'isDirty' | 'setText' | 'setLockfile'
  >;
}
