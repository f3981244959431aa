import type { JupyterFrontEnd } from '@jupyterlab/application';
import { LabShell } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';
import { TabPanel } from '@lumino/widgets';
import type { Workbench } from './workbench';

/** The tabs of Notebook's page with the files; null anywhere else. */
export function notebookTabs(shell: JupyterFrontEnd.IShell): TabPanel | null {
  return !(shell instanceof LabShell) && shell.currentWidget instanceof TabPanel
    ? shell.currentWidget
    : null;
}

/** The document in front. */
export function documentInFront(shell: JupyterFrontEnd.IShell): Widget | null {
  return notebookTabs(shell)?.currentWidget ?? shell.currentWidget;
}

/** Where documents are shown, which nobody needs before the first of them. */
export async function loadWorkbench(app: JupyterFrontEnd): Promise<Workbench> {
  const { Workbench } = await import(
    /* webpackChunkName: "panel" */ './workbench'
  );
  return new Workbench(app);
}
