import { Token } from '@lumino/coreutils';
import type { EnvStore } from './model/store';

/** The id of the plugin that owns the settings. */
export const PLUGIN_ID = 'jupyter-envstore:plugin';

/** The domain of the translation catalogue. */
export const TRANSLATION_DOMAIN = 'jupyter_envstore';

/** What the browser knows of the store of environments. */
export type IEnvStore = EnvStore;

export const IEnvStore = new Token<IEnvStore>(
  'jupyter-envstore:IEnvStore',
  'The store of environments: what it holds, what happens in it, and what may be asked of it.'
);
