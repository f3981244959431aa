import { showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** What webpack names the error of code that cannot be loaded. */
const CHUNK_ERROR = 'ChunkLoadError';

/** Runs something that may fail, and tells the user when it did. */
export type Attempt = <T>(
  title: string,
  run: () => Promise<T>
) => Promise<T | undefined>;

export function failureReporter(trans: TranslationBundle): Attempt {
  return async (title, run) => {
    try {
      return await run();
    } catch (error) {
      const { name, message, hint } = error as Error & { hint?: string };
      await showErrorMessage(
        title,
        name === CHUNK_ERROR
          ? trans.__(
              'A part of the extension cannot be loaded: the server does not answer, or has another version of it since this page was loaded. Reload the page when the server answers.'
            )
          : [message, hint].filter(Boolean).join('\n\n') ||
              trans.__('The server did not say why.')
      );
      return undefined;
    }
  };
}
