import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import { TRANSLATION_DOMAIN } from '../tokens';

/** The commands that make sense without a row of the sidebar. */
const IN_PALETTE = [
  CommandIDs.showPanel,
  CommandIDs.create,
  CommandIDs.importFile,
  CommandIDs.refresh,
  CommandIDs.solve,
  CommandIDs.build,
  CommandIDs.discard,
  CommandIDs.newNotebook,
  CommandIDs.useInNotebook,
  CommandIDs.copyLink,
  CommandIDs.edit,
  CommandIDs.rebuild,
  CommandIDs.cancel,
  CommandIDs.deleteEnvironment,
  CommandIDs.conda,
  CommandIDs.register,
  CommandIDs.unregister,
  CommandIDs.cleanUp,
  CommandIDs.doctor,
  CommandIDs.mend,
  CommandIDs.adopt
];

/** The ways in that no settings file can declare. */
export const entries: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:entries',
  description: 'Lists environments in the launcher and the command palette.',
  autoStart: true,
  requires: [ITranslator],
  optional: [ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ): void => {
    const trans = translator.load(TRANSLATION_DOMAIN);
    const category = trans.__('Environments');
    for (const command of IN_PALETTE) {
      palette?.addItem({ command, category, args: { isPalette: true } });
    }
    launcher?.add({
      command: CommandIDs.create,
      category: trans.__('Other'),
      rank: 20
    });
  }
};
