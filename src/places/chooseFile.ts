import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

/** What may hold a description of an environment. */
const FILE = /\.(ya?ml|txt|in|pip|lock|toml|json)$/i;

/** Let the user choose a file that describes an environment; null for none. */
export async function chooseFile(
  manager: IDocumentManager,
  trans: TranslationBundle,
  /** For what JupyterLab says in its dialog. */
  translator?: ITranslator
): Promise<string | null> {
  const { FileDialog } = await import('@jupyterlab/filebrowser');
  const { value } = await FileDialog.getOpenFiles({
    manager,
    translator,
    title: trans.__('Start from a file'),
    filter: ({ type, name }) =>
      type === 'directory' || FILE.test(name) ? {} : null
  });
  const file = value?.find(({ type }) => type !== 'directory');
  return file?.path ?? null;
}
