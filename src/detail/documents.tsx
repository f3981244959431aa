import '../../style/detail.css';
import {
  Dialog,
  MainAreaWidget,
  ReactWidget,
  showDialog
} from '@jupyterlab/apputils';
import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import { cleanupIcon, environmentsIcon } from '../icons';
import type { CleanupModel } from '../model/cleanup';
import type { CondaModel } from '../model/conda';
import type { DraftModel } from '../model/draft';
import type { EnvironmentModel } from '../model/environment';
import { CleanupView } from './cleanupView';
import { CondaView } from './condaView';
import { DraftView } from './draftView';
import { EnvironmentView } from './environmentView';

export { isTab } from '../tabs';

export interface IDocumentOptions<T> {
  model: T;
  userInterface: IUserInterface;
}

interface IEditorOptions<T> extends IDocumentOptions<T> {
  factory: IEditorFactoryService;
}

/** A document that shows a model, and owns it. */
export class ModelDocument<
  T extends { dispose(): void }
> extends MainAreaWidget<ReactWidget> {
  constructor(options: IDocumentOptions<T>, view: JSX.Element) {
    const { model, userInterface } = options;
    const content = ReactWidget.create(
      <UserInterfaceProvider value={userInterface}>
        {view}
      </UserInterfaceProvider>
    );
    super({ content });
    this.model = model;
    this.toolbar.hide();
    this.addClass('jp-EnvStoreDetail');
    this.title.icon = environmentsIcon;
    this.title.closable = true;
  }

  readonly model: T;

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }
}

/** A document that asks before it closes on something that was written. */
abstract class WrittenDocument<
  T extends { dispose(): void }
> extends ModelDocument<T> {
  constructor(options: IDocumentOptions<T>, view: JSX.Element) {
    super(options, view);
    this._trans = options.userInterface.trans;
  }

  /** Whether something was written and not built. */
  abstract readonly isDirty: boolean;

  /** What was written and not built is lost with the document, so it asks. */
  protected override onCloseRequest(message: Message): void {
    if (!this.isDirty) {
      super.onCloseRequest(message);
    } else if (!this._isAsking) {
      void this._askToDiscard();
    }
  }

  protected markDirt(): void {
    this.title.className = this.isDirty ? 'jp-mod-dirty' : '';
  }

  private async _askToDiscard(): Promise<void> {
    const trans = this._trans;
    this._isAsking = true;
    const { button } = await showDialog({
      title: trans.__('Discard the specification?'),
      body: trans.__(
        'It was changed, and not built. When the document closes, the changes are lost.'
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Discard') })
      ],
      // Enter must not discard.
      defaultButton: 0
    });
    this._isAsking = false;
    if (button.accept) {
      this.dispose();
    }
  }

  private readonly _trans: TranslationBundle;
  private _isAsking = false;
}

/** The document of one environment. */
export class EnvironmentDocument extends WrittenDocument<EnvironmentModel> {
  constructor(options: IEditorOptions<EnvironmentModel>) {
    const { model, userInterface, factory } = options;
    super(options, <EnvironmentView model={model} factory={factory} />);
    const { namespace, name } = model;
    this.id = EnvironmentDocument.idOf(namespace, name);
    this.title.label = `${namespace}/${name}`;
    this.title.caption = userInterface.trans.__(
      'Environment %1 in namespace %2',
      name,
      namespace
    );
    // A signal, which ends with the model that the document owns.
    model.draftChanged.connect(this.markDirt, this);
  }

  get isDirty(): boolean {
    return this.model.draft?.isDirty === true;
  }
}

export namespace EnvironmentDocument {
  export function idOf(namespace: string, name: string): string {
    return `jp-envstore-${namespace}/${name}`;
  }
}

/** The document in which the specification of a new environment is written. */
export class DraftDocument extends WrittenDocument<DraftModel> {
  constructor(options: IEditorOptions<DraftModel>) {
    const { model, userInterface, factory } = options;
    super(options, <DraftView model={model} factory={factory} />);
    this.addClass('jp-EnvStoreDraft');
    this.title.label = userInterface.trans.__('New environment');
    model.changed.connect(this.markDirt, this);
    this.markDirt();
  }

  get isDirty(): boolean {
    return this.model.isDirty;
  }
}

/** The document of conda's configuration. */
export class CondaDocument extends ModelDocument<CondaModel> {
  constructor(options: IDocumentOptions<CondaModel>) {
    const { model, userInterface } = options;
    super(options, <CondaView model={model} />);
    this.id = CondaDocument.ID;
    this.title.label = userInterface.trans.__('Conda Configuration');
    this.title.caption = userInterface.trans.__(
      'Whether conda finds the environments, and what builds take from its settings'
    );
  }
}

export namespace CondaDocument {
  export const ID = 'jp-envstore-conda';
}

/** The document of a clean-up. */
export class CleanupDocument extends ModelDocument<CleanupModel> {
  constructor(options: IDocumentOptions<CleanupModel>) {
    const { model, userInterface } = options;
    super(options, <CleanupView model={model} />);
    this.id = CleanupDocument.ID;
    this.title.icon = cleanupIcon;
    this.title.label = userInterface.trans.__('Clean Up');
    this.title.caption = userInterface.trans.__(
      'Which builds and caches could go, and what that would free'
    );
  }
}

export namespace CleanupDocument {
  export const ID = 'jp-envstore-cleanup';
}
