import { ReactWidget } from '@jupyterlab/apputils';
import { MenuSvg } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { NotebookKernel } from '../model/notebookKernel';

export { NotebookKernel } from '../model/notebookKernel';

/** The environment and the build of a notebook's kernel, in the toolbar of the notebook. */
export class NotebookChip extends ReactWidget {
  constructor(options: NotebookChip.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-EnvStoreChip');
    const { model } = options;
    model.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._options.model.dispose();
      super.dispose();
    }
  }

  protected override render(): JSX.Element {
    return <Chip {...this._options} />;
  }

  private _onChanged(): void {
    this.setHidden(this._options.model.running === null);
  }

  private readonly _options: NotebookChip.IOptions;
}

export namespace NotebookChip {
  export interface IOptions {
    model: NotebookKernel;
    userInterface: IUserInterface;
    /** The path of the notebook at this moment. */
    path: () => string;
  }
}

function Chip(props: NotebookChip.IOptions): JSX.Element | null {
  const { model, path, userInterface } = props;
  const { trans } = userInterface;
  useSignal(model.changed);
  const [isOpen, setOpen] = React.useState(false);
  const { newBuild, running } = model;
  if (running === null) {
    return null;
  }
  const { namespace, environment: name, build_id: buildId } = running;
  const open = ({ currentTarget }: React.MouseEvent): void => {
    const menu = menuOf({ ...props, target: { namespace, name, buildId } });
    const { left, bottom } = currentTarget.getBoundingClientRect();
    menu.aboutToClose.connect(() => {
      setOpen(false);
      // After the command that was chosen has begun.
      requestAnimationFrame(() => menu.dispose());
    });
    menu.open(left, bottom);
    setOpen(true);
  };
  const news = newBuild !== null && trans.__('restart to use b%1', newBuild);
  return (
    <>
      <button
        type="button"
        className="jp-EnvStoreChip-button jp-Button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        data-notebook={path()}
        title={
          newBuild === null
            ? trans.__(
                'The kernel runs build %1 of environment %2 in namespace %3.',
                buildId,
                name,
                namespace
              )
            : trans.__(
                'The kernel runs build %1 of environment %2; build %3 is current: restart to use it.',
                buildId,
                name,
                newBuild
              )
        }
        onClick={open}
      >
        {trans.__('%1 b%2', name, buildId)}
        {news && <strong className="jp-EnvStoreChip-news">{news}</strong>}
      </button>
      {/* Nothing inside a button is said when it changes. */}
      <span className="jp-EnvStore-hidden" role="status">
        {news}
      </span>
    </>
  );
}

function menuOf(
  options: NotebookChip.IOptions & {
    target: { namespace: string; name: string; buildId: number };
  }
): MenuSvg {
  const { model, target, userInterface } = options;
  const { buildId, ...environment } = target;
  const path = options.path();
  const menu = new MenuSvg({ commands: userInterface.commands });
  const command = CommandIDs.useInNotebook;
  if (model.newBuild !== null) {
    menu.addItem({ command, args: { ...environment, path, isRestart: true } });
  }
  menu.addItem({ command, args: { path, isChoice: true } });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.open, args: { ...environment, buildId } });
  menu.addItem({
    command: CommandIDs.edit,
    args: environment
  });
  return menu;
}
