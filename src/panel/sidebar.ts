import type { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { environmentsIcon } from '../icons';
import { TRANSLATION_DOMAIN } from '../tokens';
import type { IPanelContents } from './view';

/** The sidebar with the environments of every namespace. */
export class EnvironmentsPanel extends SidePanel {
  constructor(options: EnvironmentsPanel.IOptions) {
    const { translator } = options;
    super({ translator });
    this._options = options;
    const trans = translator.load(TRANSLATION_DOMAIN);
    this.id = 'jp-envstore-panel';
    this.addClass('jp-EnvStore');
    this.title.icon = environmentsIcon;
    this.title.caption = trans.__('Environments');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Environments'));
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this._fill();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this._fill();
    }
  }

  private async _fill(): Promise<void> {
    if (this._isFilled) {
      return;
    }
    this._isFilled = true;
    const { attempt, commands, contents, translator } = this._options;
    const trans = translator.load(TRANSLATION_DOMAIN);
    await attempt(trans.__('The environments cannot be shown'), async () => {
      try {
        const { fill } = await import(/* webpackChunkName: "panel" */ './view');
        await fill(this, contents, { trans, commands });
      } catch (error) {
        // To try again when it is shown again.
        this._isFilled = false;
        throw error;
      }
    });
  }

  private readonly _options: EnvironmentsPanel.IOptions;
  private _isFilled = false;
}

export namespace EnvironmentsPanel {
  export interface IOptions {
    contents: IPanelContents;
    /** Runs something that may fail, and tells the user under a title when it did. */
    attempt: (title: string, run: () => Promise<void>) => Promise<void>;
    commands: CommandRegistry;
    translator: ITranslator;
  }
}
