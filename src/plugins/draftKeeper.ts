import type { ILabStatus } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';
import type { DraftDocument } from '../detail/documents';

/** Milliseconds of writing that a reload may lose. */
const INTERVAL = 1000;

/** Save a draft with the layout whenever it changes, for the next session. */
export function saveWithLayout(
  document: DraftDocument,
  drafts: WidgetTracker<DraftDocument>
): void {
  const saving = new Throttler(() => drafts.save(document), {
    limit: INTERVAL,
    edge: 'trailing'
  });
  const onChanged = (): void => void saving.invoke();
  document.model.changed.connect(onChanged, document);
  document.disposed.connect(() => saving.dispose());
}

/** Let the browser ask before it leaves a page whose draft nobody saves. */
export function warnBeforeLeaving(
  document: DraftDocument,
  status: ILabStatus
): void {
  let dirty: IDisposable | null = null;
  const onChanged = (): void => {
    if (!document.model.isDirty) {
      dirty?.dispose();
      dirty = null;
    } else {
      dirty ??= status.setDirty();
    }
  };
  document.model.changed.connect(onChanged, document);
  document.disposed.connect(() => dirty?.dispose());
}
