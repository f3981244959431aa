import type { ILabStatus } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

/** Milliseconds between two times that what is written is saved. */
const INTERVAL = 1000;

/** A document in which something is written. */
type IWrittenDocument = Widget & { readonly isDirty: boolean };

/** Keeps what is written in documents over a reload, as far as the page lets. */
export class DraftKeeper {
  /**
   * `scope` tells the documents of a server from those of others, which may have the same origin;
   * null where the page brings no layout back.
   */
  constructor(
    private readonly _scope: string | null,
    private readonly _status: ILabStatus | null
  ) {}

  /** What was written in a document when the page went, once; else nothing. */
  take(id: string): ReadonlyPartialJSONObject {
    const key = this._keyOf(id);
    const copy = this._scope === null ? null : sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    return JSON.parse(copy ?? '{}') as ReadonlyPartialJSONObject;
  }

  /** Keep what is written in a document; `saved` is what is saved of it with the layout. */
  keep<T extends IWrittenDocument>(
    document: T,
    tracker: WidgetTracker<T>,
    changed: ISignal<unknown, unknown>,
    saved: (document: T) => ReadonlyPartialJSONObject
  ): void {
    if (this._scope !== null) {
      saveWithLayout(document, tracker, changed);
      copyBeforeLeaving(document, this._keyOf(document.id), () =>
        saved(document)
      );
    } else if (this._status) {
      warnBeforeLeaving(document, this._status, changed);
    }
  }

  private _keyOf(id: string): string {
    return `${this._scope} ${id}`;
  }
}

/** Save what is written with the layout whenever it changes, for the next session. */
function saveWithLayout<T extends IWrittenDocument>(
  document: T,
  tracker: WidgetTracker<T>,
  changed: ISignal<unknown, unknown>
): void {
  const saving = new Throttler(() => tracker.save(document), {
    limit: INTERVAL,
    edge: 'trailing'
  });
  const onChanged = (): void => void saving.invoke();
  changed.connect(onChanged, document);
  document.disposed.connect(() => saving.dispose());
}

/**
 * Copy what is written when the page goes, for the same tab of the browser: JupyterLab saves the
 * layout a while after it is told to. `saved` is what would be saved with it.
 */
function copyBeforeLeaving(
  document: IWrittenDocument,
  key: string,
  saved: () => ReadonlyPartialJSONObject
): void {
  const onLeft = (): void => {
    if (document.isDirty) {
      sessionStorage.setItem(key, JSON.stringify(saved()));
    } else {
      sessionStorage.removeItem(key);
    }
  };
  window.addEventListener('pagehide', onLeft);
  document.disposed.connect(() =>
    window.removeEventListener('pagehide', onLeft)
  );
}

/** Let the browser ask before it leaves a page whose draft nobody saves. */
function warnBeforeLeaving(
  document: IWrittenDocument,
  status: ILabStatus,
  changed: ISignal<unknown, unknown>
): void {
  let dirty: IDisposable | null = null;
  const onChanged = (): void => {
    if (!document.isDirty) {
      dirty?.dispose();
      dirty = null;
    } else {
      dirty ??= status.setDirty();
    }
  };
  changed.connect(onChanged, document);
  document.disposed.connect(() => dirty?.dispose());
}
