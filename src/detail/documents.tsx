import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider } from '../components/context';
import { environmentsIcon } from '../icons';
import type { DraftModel } from '../model/draft';
import type { EnvironmentModel } from '../model/environment';
import { DraftView } from './draftView';
import { EnvironmentView } from './environmentView';

interface IDocumentOptions<T> {
  model: T;
  userInterface: IUserInterface;
  factory: IEditorFactoryService;
}

/** The main area's document of one environment; it owns its model. */
export class EnvironmentDocument extends MainAreaWidget<ReactWidget> {
  constructor(options: IDocumentOptions<EnvironmentModel>) {
    const { model, userInterface, factory } = options;
    const content = ReactWidget.create(
      <UserInterfaceProvider value={userInterface}>
        <EnvironmentView model={model} factory={factory} />
      </UserInterfaceProvider>
    );
    super({ content });
    this.model = model;
    this.toolbar.hide();
    const { namespace, name } = model;
    this.id = EnvironmentDocument.idOf(namespace, name);
    this.addClass('jp-EnvStoreDetail');
    this.title.label = `${namespace}/${name}`;
    this.title.caption = userInterface.trans.__(
      'Environment %1 in namespace %2',
      name,
      namespace
    );
    this.title.icon = environmentsIcon;
    this.title.closable = true;
  }

  readonly model: EnvironmentModel;

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }
}

export namespace EnvironmentDocument {
  export function idOf(namespace: string, name: string): string {
    return `jp-envstore-${namespace}/${name}`;
  }
}

/** The main area's document in which a specification is written; it owns its model. */
export class DraftDocument extends MainAreaWidget<ReactWidget> {
  constructor(
    options: IDocumentOptions<DraftModel> & { namespaces: readonly string[] }
  ) {
    const { model, userInterface, factory, namespaces } = options;
    const content = ReactWidget.create(
      <UserInterfaceProvider value={userInterface}>
        <DraftView model={model} namespaces={namespaces} factory={factory} />
      </UserInterfaceProvider>
    );
    super({ content });
    this.model = model;
    this.toolbar.hide();
    this.addClass('jp-EnvStoreDetail');
    this.addClass('jp-EnvStoreDraft');
    this.title.label = model.target
      ? userInterface.trans.__('Edit %1', model.target.name)
      : userInterface.trans.__('New environment');
    this.title.icon = environmentsIcon;
    this.title.closable = true;
    model.changed.connect(this._onChanged, this);
  }

  readonly model: DraftModel;

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.changed.disconnect(this._onChanged, this);
      super.dispose();
      this.model.dispose();
    }
  }

  private _onChanged(): void {
    this.title.className = this.model.isDirty ? 'jp-mod-dirty' : '';
  }
}
