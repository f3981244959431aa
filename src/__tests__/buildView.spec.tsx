import { Clipboard } from '@jupyterlab/apputils';
import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { AttemptNote } from '../components/attemptNote';
import { CopyButton } from '../components/copyButton';
import { BuildFacts } from '../detail/buildFacts';
import type { IBuild } from '../api/types';
import { BuildModel } from '../model/build';
import { build, FakeClient, settled } from './fixtures';
import { renderWithCommands } from './render';

describe('AttemptNote', () => {
  it.each([
    [
      'QUEUED',
      1,
      'Attempt 1 of 3: the server that ran it went away. It will begin again.'
    ],
    ['BUILDING', 2, 'Attempt 2 of 3: the server that ran it before went away.'],
    ['COMPLETED', 2, 'It took 2 attempts: a server went away.']
  ] as const)('tells of a %s build, attempt %d', (status, attempts, text) => {
    renderWithCommands(
      <AttemptNote build={build({ status, attempts })} maxAttempts={3} />
    );
    expect(screen.getByText(text)).toBeInTheDocument();
  });

  it.each([
    ['QUEUED', 0],
    ['BUILDING', 1],
    ['COMPLETED', 1],
    ['FAILED', 3]
  ] as const)('is silent on a %s build, attempt %d', (status, attempts) => {
    const { container } = renderWithCommands(
      <AttemptNote build={build({ status, attempts })} maxAttempts={3} />
    );
    expect(container).toBeEmptyDOMElement();
  });

  it('does without the limit while that is not known', () => {
    renderWithCommands(
      <AttemptNote
        build={build({ status: 'BUILDING', attempts: 2 })}
        maxAttempts={null}
      />
    );
    expect(screen.getByText(/^Attempt 2: /)).toBeInTheDocument();
  });
});

describe('BuildFacts', () => {
  let client: FakeClient;

  beforeEach(() => {
    client = new FakeClient();
  });

  async function show(of: IBuild): Promise<void> {
    const model = new BuildModel({ client, id: of.id });
    await act(async () => {
      renderWithCommands(<BuildFacts build={of} model={model} />);
      await settled();
    });
    model.dispose();
  }

  it.each([
    [1, 'b3c9-20261120-084510-838793-1-analysis'],
    [2, 'b3c9ea1f-20261120-084510-1-analysis'],
    [3, 'b3c9ea1f-1']
  ])('shows a key of version %d, and copies it', async (version, key) => {
    const copied: unknown[] = [];
    const copy = jest
      .spyOn(Clipboard, 'copyToSystem')
      .mockImplementation(text => copied.push(text));
    await show(
      build({
        build_key: key,
        build_key_version: version,
        prefix: `/store/${key}`
      })
    );
    expect(screen.getByText(key)).toBeInTheDocument();
    expect(screen.getByText(`version ${version}`)).toBeInTheDocument();
    await userEvent.click(
      screen.getByRole('button', { name: 'Copy the build key' })
    );
    await userEvent.click(
      screen.getByRole('button', { name: 'Copy the prefix' })
    );
    expect(copied).toEqual([key, `/store/${key}`]);
    expect(screen.getAllByText('Copied')).toHaveLength(2);
    copy.mockRestore();
  });

  it('says each time that it was copied, and not for ever', async () => {
    const copy = jest.spyOn(Clipboard, 'copyToSystem').mockReturnValue();
    jest.useFakeTimers();
    renderWithCommands(<CopyButton text="a" label="Copy it" />);
    const status = screen.getByRole('status');
    fireEvent.click(screen.getByRole('button'));
    const first = status.firstChild;
    expect(first).toHaveTextContent('Copied');
    fireEvent.click(screen.getByRole('button'));
    expect(status).toHaveTextContent('Copied');
    expect(status.firstChild).not.toBe(first);
    act(() => void jest.advanceTimersByTime(5000));
    expect(status).toBeEmptyDOMElement();
    jest.useRealTimers();
    copy.mockRestore();
  });

  it('tells the size of a finished build only', async () => {
    await show(build());
    expect(
      screen.getByText('1.9 GB, of which 10.0 MB are its own')
    ).toBeInTheDocument();
  });

  it.each([
    [null, false, 'Last used', 'not noted yet'],
    ['2026-11-20T08:45:10.838793', false, 'Last used', /^Nov 20, 2026/],
    // Its own store knows.
    [null, true, null, null]
  ])(
    'tells when it was last used: %s',
    async (moment, isShared, term, text) => {
      await show(build({ last_used_on: moment, read_only: isShared }));
      expect(screen.queryByText('Last used')?.textContent ?? null).toBe(term);
      if (text !== null) {
        expect(screen.getByText(text)).toBeInTheDocument();
      }
    }
  );

  it('tells that kernels run from it', async () => {
    const kernel = { name: 'k', namespace: 'me', environment: 'analysis' };
    client.running = [{ ...kernel, kernel_id: 'a', build_id: 2 }];
    await show(build({ id: 1 }));
    expect(screen.queryByText('in use now')).toBeNull();
    await show(build({ id: 2 }));
    expect(screen.getByText('in use now')).toBeInTheDocument();
  });

  it('tells no size of what is not finished', async () => {
    await show(build({ status: 'FAILED' }));
    expect(screen.queryByText('Size')).toBeNull();
  });
});
