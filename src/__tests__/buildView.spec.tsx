import { Clipboard } from '@jupyterlab/apputils';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import { AttemptNote } from '../components/attemptNote';
import { FailureCard } from '../components/failureCard';
import { BuildFacts } from '../detail/buildFacts';
import { BuildList } from '../detail/buildList';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';
import type { Run } from './render';
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
  it.each([
    [1, 'b3c9-20261120-084510-838793-1-analysis'],
    [2, 'b3c9ea1f-20261120-084510-1-analysis'],
    [3, 'b3c9ea1f-1']
  ])('shows a key of version %d, and copies it', async (version, key) => {
    const copied: unknown[] = [];
    const copy = jest
      .spyOn(Clipboard, 'copyToSystem')
      .mockImplementation(text => copied.push(text));
    renderWithCommands(
      <BuildFacts
        build={build({
          build_key: key,
          build_key_version: version,
          prefix: `/store/${key}`
        })}
      />
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

  it('tells the size of a finished build only', () => {
    renderWithCommands(<BuildFacts build={build()} />);
    expect(
      screen.getByText('1.9 GB, of which 10.0 MB are its own')
    ).toBeInTheDocument();
  });

  it('tells no size of what is not finished', () => {
    renderWithCommands(<BuildFacts build={build({ status: 'FAILED' })} />);
    expect(screen.queryByText('Size')).toBeNull();
  });
});

describe('FailureCard', () => {
  it.each([
    ['memory', 'Build 7 failed: not enough memory'],
    ['timeout', 'Build 7 failed: it took too long'],
    ['disk', 'Build 7 failed: a problem with the disk'],
    ['path', 'Build 7 failed: a problem with the path'],
    ['network', 'Build 7 failed: a problem with the network']
  ])('names the sort of the failure %s', (kind, name) => {
    const message = 'The build used 4.1 GiB of memory; its limit is 4.0 GiB.';
    const failed = build({
      id: 7,
      status: 'FAILED',
      failure: {
        kind,
        message,
        hint: 'Raise c.EnvStore.memory_limit.',
        explanation: null,
        problems: [],
        suggestions: []
      }
    });
    renderWithCommands(<FailureCard build={failed} />);
    const card = screen.getByRole('region', { name });
    expect(card).toHaveTextContent(message);
    expect(card).toHaveTextContent('Raise c.EnvStore.memory_limit.');
  });
});

describe('BuildList', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;
  let runs: Run[];

  async function show(...builds: IBuild[]): Promise<void> {
    client.stored = builds;
    await store.load();
    model = await store.open('me', 'analysis');
    await settled();
    runs = [];
    renderWithCommands(<BuildList model={model} />, runs);
  }

  beforeEach(() => {
    client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
  });

  afterEach(() => {
    model.dispose();
    store.dispose();
  });

  it('offers to cancel what runs or waits, once', async () => {
    await show(
      build({ id: 1, status: 'BUILDING', cancel_requested: true }),
      build({ id: 2, status: 'BUILDING' }),
      build({ id: 3, status: 'QUEUED' })
    );
    const buttons = screen.getAllByRole('button', { name: CommandIDs.cancel });
    expect(buttons).toHaveLength(2);
    expect(screen.getByText(/Canceling/)).toBeInTheDocument();
  });

  it('keeps what is pinned from deletion, and says so', async () => {
    await show(
      build({ id: 1, published: false, pinned: true }),
      build({ id: 2, published: false })
    );
    const [second, first] = screen.getAllByRole('row').slice(1);
    expect(first).toHaveTextContent('pinned');
    expect(second).not.toHaveTextContent('pinned');
    const names = (row?: HTMLElement): (string | null)[] =>
      within(row as HTMLElement)
        .getAllByRole('button')
        .map(({ textContent }) => textContent);
    expect(names(first)).toContain(CommandIDs.unpin);
    expect(names(second)).toContain(CommandIDs.pin);
    await userEvent.click(
      within(first as HTMLElement).getByRole('button', {
        name: CommandIDs.deleteBuild
      })
    );
    expect(runs).toEqual([
      [
        CommandIDs.deleteBuild,
        { namespace: 'me', name: 'analysis', buildId: 1, isPinned: true }
      ]
    ]);
  });
});
