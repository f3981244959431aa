import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator } from '@jupyterlab/translation';
import { lockIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import { environmentsIcon } from '../icons';
import { TRANSLATION_DOMAIN } from '../tokens';

/** The names of files that describe environments, as far as names can tell. */
const FILE =
  /(^|[-_.])(environments?|env|conda-lock|requirements|constraints|explicit)[^/]*\.(ya?ml|txt|lock|in)$|^(pixi\.(toml|lock)|pyproject\.toml)$/i;

/** Begins environments with files of the file browser. */
export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:files',
  description: 'Builds environments from files of the file browser.',
  autoStart: true,
  requires: [ITranslator],
  optional: [IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator,
    browsers: IFileBrowserFactory | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const pathOf = (args: ReadonlyPartialJSONObject): string | null => {
      if (typeof args.path === 'string') {
        return args.path;
      }
      const [item, ...others] = [
        ...(browsers?.tracker.currentWidget?.selectedItems() ?? [])
      ];
      return item && others.length === 0 && FILE.test(item.name)
        ? item.path
        : null;
    };
    commands.addCommand(CommandIDs.buildFile, {
      label: args =>
        args.isDenial
          ? commands.caption(CommandIDs.create)
          : trans.__('Build Environment…'),
      caption: () =>
        commands.isEnabled(CommandIDs.create)
          ? trans.__('Begin a new environment with this file')
          : commands.caption(CommandIDs.create),
      icon: args => (args.isDenial ? lockIcon : environmentsIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: {
              type: 'string',
              description:
                'The file; the one that is selected in the file browser without it'
            },
            isDenial: {
              type: 'boolean',
              description:
                'Whether it only says in a menu why nothing can be built'
            }
          }
        }
      },
      isVisible: args =>
        pathOf(args) !== null &&
        !(args.isDenial && commands.isEnabled(CommandIDs.create)),
      isEnabled: args =>
        pathOf(args) !== null && commands.isEnabled(CommandIDs.create),
      execute: args =>
        commands.execute(CommandIDs.importFile, { path: pathOf(args) })
    });
  }
};
