import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { EnvStore } from '../model/store';
import type { ITemplate } from '../spec/template';
import { readSetting } from './settings';

/** What new environments begin as, and can be begun anew with. */
export interface ITemplates {
  /** The text of a new environment. */
  text: string;
  /** The templates of the user's settings. */
  templates: readonly ITemplate[];
}

/**
 * The user's templates; where there are none, the built-in one with the server's channels.
 *
 * These are known once the store is loaded, which happens when the application is restored: what
 * is restored itself must not wait for it, and has a text.
 */
export async function readTemplates(
  settings: ISettingRegistry | null,
  store: EnvStore,
  needsText: boolean
): Promise<ITemplates> {
  if (needsText) {
    await store.loaded;
  }
  const first = await readSetting(settings, 'template');
  const templates = readList(await readSetting(settings, 'templates'));
  if (typeof first === 'string' && first.trim() !== '') {
    return { text: first, templates };
  }
  const { DEFAULT_NAME, TEMPLATES, templateText } = await import(
    /* webpackChunkName: "documents" */ '../spec/template'
  );
  const python = TEMPLATES.find(({ id }) => id === 'python');
  const channels = store.info?.default_channels ?? ['conda-forge'];
  const text = python ? templateText(python, channels) : '';
  return {
    text: text.replace(/^name: .*/, `name: ${DEFAULT_NAME}`),
    templates
  };
}

function readList(value: unknown): ITemplate[] {
  const items = Array.isArray(value)
    ? (value as Record<string, unknown>[])
    : [];
  return items.flatMap(({ name, text }) =>
    typeof name === 'string' && typeof text === 'string'
      ? [{ id: name, text }]
      : []
  );
}
