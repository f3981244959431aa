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
  briefPackage,
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

  async function show(isBuildAskedFor = false): Promise<void> {
    isOpen = true;
    const onClosed = (): void => {
      isOpen = false;
    };
    await act(async () => {
      const userInterface = {
        trans: nullTranslator.load(''),
        commands: new CommandRegistry()
      };
      void previewSolution(draft, userInterface, isBuildAskedFor).then(
        onClosed,
        onClosed
      );
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

  it('builds nothing but what it has shown', async () => {
    await show();
    expect(button('Build')).toBeEnabled();
    act(() => draft.setText(`${TEXT}  - pip\n`));
    expect(button('Build')).toBeDisabled();
    expect(
      screen.getByText(/^The specification has changed meanwhile/)
    ).toBeInTheDocument();
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

  describe('after a build was asked for', () => {
    let answer: (reply: ISolution | Error) => void;

    /** The dialog while it is being solved, which takes its time. */
    beforeEach(async () => {
      client.solve = () =>
        new Promise((resolve, reject) => {
          answer = reply =>
            reply instanceof Error ? reject(reply) : resolve(reply);
        });
    });

    const solve = (reply: ISolution | Error): Promise<void> =>
      act(async () => {
        answer(reply);
        await settled();
      });

    it('goes on to it with Enter, once it is solved', async () => {
      await show(true);
      expect(button('Build')).toBeDisabled();
      expect(button('Cancel')).toHaveFocus();
      await solve(client.solved);
      expect(button('Build')).toHaveFocus();
      await userEvent.keyboard('{Enter}');
      await waitFor(() => expect(submit).toHaveBeenCalledTimes(1));
      expect(isOpen).toBe(false);
    });

    it('stays with Cancel where nothing was asked for but to look', async () => {
      await show();
      await solve(client.solved);
      expect(button('Build')).toBeEnabled();
      expect(button('Cancel')).toHaveFocus();
    });

    it('takes the focus from nothing but Cancel', async () => {
      await show(true);
      const { parentElement: footer } = button('Cancel');
      const elsewhere = document.createElement('input');
      footer?.prepend(elsewhere);
      act(() => elsewhere.focus());
      await solve(client.solved);
      expect(elsewhere).toHaveFocus();
    });

    it('cannot be built where there is no solution', async () => {
      await show(true);
      await solve(FAILED);
      expect(button('Build')).toBeDisabled();
      expect(button('Cancel')).toHaveFocus();
    });

    it('can be built all the same where nobody answers', async () => {
      await show(true);
      await solve(new EnvStoreError({ kind: 'refused', message: 'Away.' }));
      expect(screen.getByText('Away.')).toBeInTheDocument();
      expect(button('Build')).toBeEnabled();
      await userEvent.click(button('Retry'));
      expect(button('Build')).toBeDisabled();
      await solve(new EnvStoreError({ kind: 'refused', message: 'Away.' }));
      await userEvent.click(button('Build'));
      await waitFor(() => expect(submit).toHaveBeenCalledTimes(1));
    });

    it('cannot be built where the server cannot be reached', async () => {
      await show(true);
      const away = new EnvStoreError({ kind: 'unreachable', message: 'gone' });
      store.environments.fail(away);
      await solve(away);
      expect(button('Build')).toBeDisabled();
    });
  });

  it.each([
    ['12.0 MB more than now', 20_000_000],
    ['3.0 MB less than now', 5_000_000]
  ])('tells that the packages are %s', async (text, size) => {
    const changed = {
      name: 'numpy',
      direction: 'up' as const,
      what: ['version' as const],
      before: briefPackage('numpy', '1', { size: 8_000_000 }),
      after: briefPackage('numpy', '2', { size })
    };
    client.solved = solution({
      packages: [],
      current_build_id: 1,
      difference: {
        added: [briefPackage('scipy', '1', { size: 3_000_000 })],
        removed: [briefPackage('pandas', '1', { size: 3_000_000 })],
        changed: [changed],
        unchanged: 3
      }
    });
    await show();
    expect(screen.getByText(text)).toBeInTheDocument();
  });

  it.each([
    ['nothing grows', { added: [], removed: [], changed: [], unchanged: 3 }],
    ['there is nothing to compare with', null]
  ])('tells of no growth where %s', async (_, difference) => {
    client.solved = solution({ packages: [], current_build_id: 1, difference });
    await show();
    expect(screen.getByText('Nothing to download')).toBeInTheDocument();
    expect(screen.queryByText(/than now/)).toBeNull();
  });
});
