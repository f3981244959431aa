import { showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Runs something that may fail, and tells the user when it did. */
export type Attempt = (
  title: string,
  run: () => Promise<void>
) => Promise<void>;

export function failureReporter(trans: TranslationBundle): Attempt {
  return async (title, run) => {
    try {
      await run();
    } catch (error) {
      const { message, hint } = error as { message: string; hint?: string };
      await showErrorMessage(
        title,
        [message, hint].filter(Boolean).join('\n\n') ||
          trans.__('The server did not say why.')
      );
    }
  };
}
