import type { ILabStatus } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

/** Milliseconds of writing that a reload may lose. */
const INTERVAL = 1000;

/** A document in which something is written. */
export type IWrittenDocument = Widget & { readonly isDirty: boolean };

/** Save what is written with the layout whenever it changes, for the next session. */
export function saveWithLayout<T extends IWrittenDocument>(
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

/** Let the browser ask before it leaves a page whose draft nobody saves. */
export function warnBeforeLeaving(
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
