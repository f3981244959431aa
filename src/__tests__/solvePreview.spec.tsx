import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EnvStoreError } from '../api/errors';
import type { ISolution } from '../api/types';
import { previewSolution } from '../detail/solvePreview';
import { DraftModel } from '../model/draft';
import { EnvStore } from '../model/store';
import {
  environment,
  FakeClient,
  FakeStream,
  problem,
  settled,
  solution
} from './fixtures';

const TEXT = 'name: analysis\ndependencies:\n  - tdqm\n';

function solved(
  name: string,
  requested: boolean
): NonNullable<ISolution['packages']>[number] {
  return {
    name,
    version: '1.0',
    build: '0',
    build_number: 0,
    channel_id: 'https://conda.test/conda-forge',
    subdir: 'noarch',
    size: 1000,
    url: `https://conda.test/conda-forge/noarch/${name}-1.0-0.conda`,
    sha256: null,
    md5: null,
    depends: [],
    license: null,
    requested,
    cached: false
  };
}

const FAILED = solution({
  packages: null,
  failure: {
    kind: 'missing-package',
    message: 'No channel has tdqm.',
    hint: null,
    explanation: 'Nothing provides it.',
    problems: [
      problem({ place: 'dependencies[0]', line: 3, instead: ['tqdm'] })
    ],
    suggestions: []
  }
});

describe('the preview of a build', () => {
  let client: FakeClient;
  let store: EnvStore;
  let draft: DraftModel;
  let submit: jest.SpyInstance;
  let isOpen: boolean;

  async function show(): Promise<void> {
    isOpen = true;
    const onClosed = (): void => {
      isOpen = false;
    };
    await act(async () => {
      void previewSolution(draft, {
        trans: nullTranslator.load(''),
        commands: new CommandRegistry()
      }).then(onClosed, onClosed);
      await settled();
    });
    await waitFor(() => expect(document.activeElement).not.toBe(document.body));
  }

  /** JupyterLab shows a dialog by its style sheet, which is not here. */
  function button(name: string | RegExp): HTMLElement {
    return screen.getByRole('button', { name, hidden: true });
  }

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment()];
    client.solved = solution({
      packages: [solved('tqdm', true), solved('python', false)]
    });
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    submit = jest.spyOn(store, 'submit');
    submit.mockResolvedValue({ buildId: 1, namespace: 'me', name: 'analysis' });
    draft = new DraftModel({ client, store, text: TEXT, namespace: 'me' });
    await settled();
  });

  afterEach(async () => {
    await act(async () => {
      Dialog.flush();
      await settled();
    });
    draft.dispose();
    store.dispose();
  });

  it('has a name and the focus, and goes at Escape while it solves', async () => {
    client.solve = () => new Promise(() => undefined);
    await show();
    expect(button('Build')).toBeDisabled();
    expect(button('Cancel')).toHaveFocus();
    expect(document.querySelector('.jp-Dialog')).toHaveAttribute(
      'aria-label',
      'What the build would change'
    );
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(isOpen).toBe(false));
    expect(submit).not.toHaveBeenCalled();
  });

  it('lets the arrows go to the tabs of its body', async () => {
    await show();
    act(() => screen.getByText('Requested (1)').focus());
    await userEvent.keyboard('{ArrowRight}');
    const effects = screen.getByText('Side effects (1)');
    expect(effects).toHaveFocus();
    expect(effects).toHaveAttribute('aria-selected', 'true');
    await userEvent.keyboard('{ArrowLeft}');
    expect(screen.getByText('Requested (1)')).toHaveFocus();
    act(() => button('Cancel').focus());
    await userEvent.keyboard('{ArrowRight}');
    expect(button('Build')).toHaveFocus();
  });

  it('does not build at Enter, but on its button', async () => {
    await show();
    const table = document.querySelector<HTMLElement>(
      '.jp-Dialog .jp-EnvStoreDetail-scroll'
    );
    act(() => table?.focus());
    expect(table).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(isOpen).toBe(true);
    act(() => button('Build').focus());
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(submit).toHaveBeenCalledTimes(1));
  });

  it('goes round with Tab', async () => {
    await show();
    act(() => button('Build').focus());
    await userEvent.keyboard('{Tab}');
    expect(screen.getByText('Requested (1)')).toHaveFocus();
    await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
    expect(button('Build')).toHaveFocus();
  });

  it('takes the remedy whose button Enter is pressed on', async () => {
    client.solved = FAILED;
    await show();
    const summary = screen.getByText('Explanation of the solver');
    expect(summary).toHaveClass('jp-EnvStore-foldName');
    summary.tabIndex = 0; // jsdom gives it no focus otherwise.
    act(() => summary.focus());
    await userEvent.keyboard('{Enter}');
    expect(isOpen).toBe(true);
    act(() => button('Use tqdm').focus());
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(isOpen).toBe(false));
    expect(draft.text).toContain('tqdm');
    expect(submit).not.toHaveBeenCalled();
  });

  it('keeps the focus when it is tried again', async () => {
    client.solve = () =>
      Promise.reject(new EnvStoreError({ kind: 'refused', message: 'Away.' }));
    await show();
    client.solve = () => new Promise(() => undefined);
    act(() => button('Retry').focus());
    await userEvent.keyboard('{Enter}');
    expect(screen.queryByText('Retry')).toBeNull();
    expect(button('Cancel')).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(isOpen).toBe(false));
  });
});
