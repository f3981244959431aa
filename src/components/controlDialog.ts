import { Dialog } from '@jupyterlab/apputils';

/** What does something of its own when a key is pressed on it, unlike buttons of a dialog. */
const CONTROLS = 'button:not(.jp-Dialog-button), summary, [tabindex]';

/**
 * A dialog with controls in its body.
 *
 * JupyterLab's takes Enter and the arrows from them, leaves them out where Tab goes
 * round, and has no name unless its body is mere text.
 */
export class ControlDialog<T> extends Dialog<T> {
  constructor(options: Partial<Dialog.IOptions<T>> & { title: string }) {
    super(options);
    this.node.setAttribute('aria-label', options.title);
  }

  override handleEvent(event: Event): void {
    // A click beside it is meant for what was there before: the second of a double click.
    if (
      event.type === 'click'
        ? event.target !== this.node
        : event.type !== 'keydown' || !this._isLeft(event as KeyboardEvent)
    ) {
      super.handleEvent(event);
    }
  }

  /** Whether a key is not for JupyterLab's dialog. */
  private _isLeft(event: KeyboardEvent): boolean {
    const { key, shiftKey, target } = event;
    if (key !== 'Tab') {
      return key !== 'Escape' && (target as Element).matches(CONTROLS);
    }
    // Anew each time: what is in the body changes.
    const stops = [
      ...this.node.querySelectorAll<HTMLElement>(`:enabled, ${CONTROLS}`)
    ].filter(({ tabIndex }) => tabIndex === 0);
    const ends = [stops[0], stops[stops.length - 1]];
    if (target === ends[shiftKey ? 0 : 1]) {
      event.preventDefault();
      ends[shiftKey ? 1 : 0]?.focus();
    }
    return true;
  }
}
