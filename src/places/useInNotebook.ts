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
  const { panel, store, trans } = options;
  const { sessionContext } = panel;
  const target =
    options.target ?? (await askForBuild({ store, trans, sessionContext }));
  if (
    target === null ||
    // Who has just chosen was told of it in that dialog.
    (options.target &&
      sessionContext.session?.kernel &&
      !(await isConfirmed(options, target)))
  ) {
    return;
  }
  const name = await chooseKernel(target, options);
  if (name !== null && !panel.isDisposed) {
    await sessionContext.changeKernel({ name });
  }
}

/** As JupyterLab asks before it restarts a kernel. */
async function isConfirmed(
  { panel, trans, isRestart }: INotebookChange,
  { name }: ITarget
): Promise<boolean> {
  const [title, label] = isRestart
    ? [trans.__('Restart with the current build?'), trans.__('Restart')]
    : [
        trans.__('Change the environment of the notebook'),
        trans.__('Use in Notebook')
      ];
  const { button } = await showDialog({
    title,
    body: trans.__(
      'The kernel of %1 is shut down, and one of %2 started. All variables will be lost.',
      panel.title.label,
      name
    ),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })]
  });
  return button.accept;
}
