import type { JupyterFrontEnd } from '@jupyterlab/application';
import { LabShell } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';
import { notebookTabs } from './front';
import { linkTo } from './link';

/**
 * Where documents are shown.
 *
 * JupyterLab's main area takes any number of them. Notebook's takes one widget a
 * page and drops every other without a word: on the page with the files, that
 * widget has tabs; the other pages have no room at all.
 */
export class Workbench {
  constructor(app: JupyterFrontEnd) {
    this._app = app;
  }

  /** Add a document, unless it is there, and bring it to the front. */
  show(document: Widget, type: string): void {
    const { shell } = this._app;
    const tabs = notebookTabs(shell);
    if (tabs) {
      if (!tabs.widgets.includes(document)) {
        tabs.addWidget(document);
      }
      tabs.currentWidget = document;
      document.activate();
      return;
    }
    if (!document.isAttached) {
      shell.add(document, 'main', { type });
    }
    shell.activateById(document.id);
  }

  /**
   * Whether a command that opens a document was handed to a new browser tab,
   * because this page has no room for the document.
   */
  isOpenedElsewhere(command: string, args: ReadonlyPartialJSONObject): boolean {
    if (this._hasRoom) {
      return false;
    }
    const { baseUrl } = this._app.serviceManager.serverSettings;
    window.open(linkTo(baseUrl, command, args), '_blank');
    return true;
  }

  private get _hasRoom(): boolean {
    const { shell } = this._app;
    return (
      shell instanceof LabShell ||
      notebookTabs(shell) !== null ||
      shell.currentWidget === null
    );
  }

  private readonly _app: JupyterFrontEnd;
}
