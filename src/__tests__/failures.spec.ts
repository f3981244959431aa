import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { screen } from '@testing-library/dom';
import { failureReporter } from '../plugins/failures';

const attempt = failureReporter(nullTranslator.load(''));

/** What the dialog says of an attempt that failed with `error`. */
async function told(error: unknown): Promise<string> {
  attempt('It cannot be opened', () => Promise.reject(error)).catch(
    () => undefined
  );
  // jsdom cannot open dialogs, which leaves them hidden.
  const node = await screen.findByRole('dialog', { hidden: true });
  return node.textContent ?? '';
}

describe('failureReporter', () => {
  afterEach(() => Dialog.flush());

  it('tells what an error says, and what to do', async () => {
    const text = await told({
      message: 'The disk is full.',
      hint: 'Clean up.'
    });
    expect(text).toContain('It cannot be opened');
    expect(text).toContain('The disk is full.');
    expect(text).toContain('Clean up.');
  });

  it('tells what to do where code of the extension cannot be loaded', async () => {
    const error = new Error('Loading chunk 7 failed.');
    error.name = 'ChunkLoadError';
    const text = await told(error);
    expect(text).toContain('Reload the page');
    expect(text).not.toContain('chunk');
  });

  it('says nothing when it went well', async () => {
    await attempt('It cannot be opened', () => Promise.resolve());
    expect(screen.queryByRole('dialog', { hidden: true })).toBeNull();
  });
});
