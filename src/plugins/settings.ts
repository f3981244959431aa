import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { PLUGIN_ID } from '../tokens';

/** The user's settings; null where they cannot be read. */
export async function loadSettings(
  settings: ISettingRegistry | null
): Promise<ISettingRegistry.ISettings | null> {
  return (await settings?.load(PLUGIN_ID).catch(() => null)) ?? null;
}

/** What the user has set, or else the default; undefined where settings cannot be read. */
export async function readSetting(
  settings: ISettingRegistry | null,
  name: string
): Promise<unknown> {
  return (await loadSettings(settings))?.get(name).composite;
}
