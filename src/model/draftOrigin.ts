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

  /** Begin with a specification; a name that was chosen stays. */
  async begin(text: string): Promise<void> {
    this.conversion.forget();
    this._keep();
    this._draft.setText(await this._named(text, null));
    this._changed.emit();
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
    this._keep();
    const text = reply.specification;
    if (reply.is_lockfile) {
      const { nameIn } = await import(
        /* webpackChunkName: "documents" */ '../spec/naming'
      );
      const chosen = await this._chosenName();
      const given = reply.name || nameIn(this._draft.text);
      this._draft.setLockfile(text, {
        kind: reply.kind,
        name: chosen || given,
        description: ''
      });
      this._given = chosen ? '' : given;
    } else {
      this._draft.setText(await this._named(text, reply.name));
    }
    this._changed.emit();
  }

  /** Go back to what was written before. */
  undo(): void {
    const replaced = this._replaced;
    if (replaced === null) {
      return;
    }
    this._replaced = null;
    this.conversion.forget();
    if (replaced.lockfile) {
      this._draft.setLockfile(replaced.text, replaced.lockfile);
    } else {
      this._draft.setText(replaced.text);
    }
    this._changed.emit();
  }

  private _keep(): void {
    const { text, lockfile, isDirty } = this._draft;
    this._replaced = isDirty ? { text, lockfile } : null;
  }

  /** The name that the user has given; empty while it is the one that was begun with. */
  private async _chosenName(): Promise<string> {
    const [{ nameIn }, { DEFAULT_NAME }] = await Promise.all([
      import(/* webpackChunkName: "documents" */ '../spec/naming'),
      import(/* webpackChunkName: "documents" */ '../spec/template')
    ]);
    const { lockfile, text } = this._draft;
    const name = lockfile ? lockfile.name : nameIn(text);
    return name === DEFAULT_NAME || name === this._given ? '' : name;
  }

  private async _named(text: string, name: string | null): Promise<string> {
    const [{ nameIn, withName }, { DEFAULT_NAME }] = await Promise.all([
      import(/* webpackChunkName: "documents" */ '../spec/naming'),
      import(/* webpackChunkName: "documents" */ '../spec/template')
    ]);
    const chosen = await this._chosenName();
    const given = name || nameIn(text) || DEFAULT_NAME;
    this._given = chosen ? '' : given;
    return withName(text, chosen || given);
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
