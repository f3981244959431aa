import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { PLUGIN_ID } from '../tokens';

/** One for all who read: each listens to the registry for as long as that is there. */
const loading = new WeakMap<
  ISettingRegistry,
  Promise<ISettingRegistry.ISettings | null>
>();

/** The user's settings; null where they cannot be read. */
export async function loadSettings(
  settings: ISettingRegistry | null
): Promise<ISettingRegistry.ISettings | null> {
  if (settings === null) {
    return null;
  }
  const loaded =
    loading.get(settings) ??
    settings.load(PLUGIN_ID).catch(() => {
      // To be tried again.
      loading.delete(settings);
      return null;
    });
  loading.set(settings, loaded);
  return loaded;
}

/** What the user has set, or else the default; undefined where settings cannot be read. */
export async function readSetting(
  settings: ISettingRegistry | null,
  name: string
): Promise<unknown> {
  return (await loadSettings(settings))?.get(name).composite;
}
