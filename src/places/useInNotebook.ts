import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ITarget } from '../commandIds';
import { askForBuild } from './buildDialog';
import type { IKernelChoice } from './kernelChoice';
import { chooseKernel } from './kernelChoice';

export interface INotebookChange extends IKernelChoice {
  panel: NotebookPanel;
  /** What it shall run on; asked for if it is null. */
  target: ITarget | null;
  /** Whether it runs on that environment already, and only needs its current build. */
  isRestart: boolean;
}

/** Run a notebook on an environment, from the first line. */
export async function useInNotebook(options: INotebookChange): Promise<void> {
  const { panel, store, trans, isRestart } = options;
  const { sessionContext } = panel;
  const target =
    options.target ?? (await askForBuild({ store, trans, sessionContext }));
  if (target === null || (isRestart && !(await isConfirmed(options)))) {
    return;
  }
  const name = await chooseKernel(target, options);
  if (name !== null && !panel.isDisposed) {
    await sessionContext.changeKernel({ name });
  }
}

/** As JupyterLab asks before it restarts a kernel. */
async function isConfirmed({ trans }: INotebookChange): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Restart with the current build?'),
    body: trans.__(
      'The kernel is shut down, and one of the current build started. All variables will be lost.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Restart') })
    ]
  });
  return button.accept;
}
