import '../../style/places.css';
import { ReactWidget } from '@jupyterlab/apputils';
import type { Menu } from '@lumino/widgets';
import * as React from 'react';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import { shownId } from '../components/format';
import { MenuButton } from '../components/menuButton';
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
    return (
      <UserInterfaceProvider value={this._options.userInterface}>
        <Chip {...this._options} />
      </UserInterfaceProvider>
    );
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
  const { model, userInterface } = props;
  const { trans } = userInterface;
  useSignal(model.changed);
  const { newBuild, running } = model;
  if (running === null) {
    return null;
  }
  const { namespace, environment: name, build_id: buildId } = running;
  const current = shownId(newBuild ?? 0);
  const news = newBuild !== null && trans.__('restart to use b%1', current);
  return (
    <>
      <MenuButton
        className="jp-EnvStoreChip-button jp-Button"
        title={
          newBuild === null
            ? trans.__(
                'The kernel runs build %1 of environment %2 in namespace %3.',
                shownId(buildId),
                name,
                namespace
              )
            : trans.__(
                'The kernel runs build %1 of environment %2; build %3 is current: restart to use it.',
                shownId(buildId),
                name,
                current
              )
        }
        items={() => itemsOf(props, { namespace, name, buildId })}
      >
        {trans.__('%1 b%2', name, shownId(buildId))}
        {news && <strong className="jp-EnvStoreChip-news">{news}</strong>}
      </MenuButton>
      {/* Nothing inside a button is said when it changes. */}
      <span className="jp-EnvStore-hidden" role="status">
        {news}
      </span>
    </>
  );
}

function itemsOf(
  { model, path: pathOf }: NotebookChip.IOptions,
  { buildId, ...environment }: Required<ITarget>
): Menu.IItemOptions[] {
  const path = pathOf();
  const command = CommandIDs.useInNotebook;
  const restart: Menu.IItemOptions = {
    command,
    args: { ...environment, path, isRestart: true }
  };
  return [
    ...(model.newBuild === null ? [] : [restart]),
    { command, args: { path, isChoice: true } },
    { type: 'separator' },
    { command: CommandIDs.open, args: { ...environment, buildId } },
    { command: CommandIDs.edit, args: environment }
  ];
}
