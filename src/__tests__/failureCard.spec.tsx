import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import type { IFailure } from '../api/types';
import { CommandIDs } from '../commandIds';
import { FailureCard } from '../detail/failureCard';
import { BuildModel } from '../model/build';
import { build, FakeClient, foundPackage, problem, settled } from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

const TEXT = 'name: a\ndependencies:\n  - python\n  - nunpy >=1.26\n';

describe('the card of a failure', () => {
  let client: FakeClient;
  let model: BuildModel;
  let runs: Run[];

  async function show(failure: Partial<IFailure>): Promise<HTMLElement> {
    const failed = build({
      id: 7,
      status: 'FAILED',
      text: TEXT,
      failure: {
        kind: 'unsatisfiable',
        message: 'It cannot be built.',
        hint: null,
        explanation: null,
        problems: [],
        suggestions: [],
        ...failure
      }
    });
    model = new BuildModel({ client, id: 7 });
    await model.refresh();
    runs = [];
    await act(async () => {
      renderWithCommands(
        <FailureCard build={failed} model={model} isLogShown />,
        runs
      );
      await settled();
      await new Promise(resolve => setTimeout(resolve, 0));
    });
    return screen.getByRole('region', { name: /^Build 7 failed/ });
  }

  beforeEach(() => {
    client = new FakeClient();
    client.stored = [build({ id: 7, status: 'FAILED' })];
  });

  afterEach(() => model.dispose());

  it.each([
    ['memory', 'Build 7 failed: not enough memory'],
    ['timeout', 'Build 7 failed: it took too long'],
    ['disk', 'Build 7 failed: a problem with the disk'],
    ['path', 'Build 7 failed: a problem with the path'],
    ['network', 'Build 7 failed: a problem with the network']
  ])('names the sort of the failure %s', async (kind, name) => {
    const card = await show({ kind, hint: 'Raise c.EnvStore.memory_limit.' });
    expect(card).toHaveAccessibleName(name);
    expect(card).toHaveTextContent('It cannot be built.');
    expect(card).toHaveTextContent('Raise c.EnvStore.memory_limit.');
  });

  const missing: Partial<IFailure> = {
    kind: 'missing-package',
    problems: [
      problem({
        place: 'dependencies[1]',
        line: 4,
        instead: ['numpy >=1.26', 'nunpy'],
        missing: 'nunpy'
      })
    ],
    suggestions: ['numpy']
  };

  it('shows the line at fault, and offers what could stand there', async () => {
    const card = await show(missing);
    expect(within(card).getByText('- nunpy >=1.26')).toBeInTheDocument();
    expect(card).not.toHaveTextContent('What may help');
    await userEvent.click(
      within(card).getByRole('button', { name: 'Use numpy >=1.26' })
    );
    await userEvent.click(
      within(card).getByRole('button', { name: 'Any Version of nunpy' })
    );
    const target = { namespace: 'me', name: 'analysis', buildId: 7 };
    const instead = 'nunpy >=1.26';
    expect(runs).toEqual([
      [CommandIDs.edit, { ...target, dependency: 'numpy >=1.26', instead }],
      [CommandIDs.edit, { ...target, dependency: 'nunpy', instead }]
    ]);
  });

  it('offers a channel that has what is missing', async () => {
    client.offers = [
      foundPackage('nunpy', {
        channel: {
          id: 2,
          name: 'https://conda.anaconda.org/bioconda',
          last_update: null
        }
      })
    ];
    const card = await show(missing);
    await userEvent.click(
      within(card).getByRole('button', { name: 'Add the Channel bioconda' })
    );
    expect(runs[0]?.[1]).toMatchObject({ channel: 'bioconda' });
  });

  it('offers a channel that has what a package needs', async () => {
    client.offers = [
      foundPackage('python', {
        channel: { id: 2, name: 'https://a.example/main', last_update: null }
      })
    ];
    const card = await show({
      problems: [
        problem({ place: 'dependencies[1]', line: 4, missing: 'python' })
      ]
    });
    expect(
      within(card).getByRole('button', { name: /^Add the Channel .*main$/ })
    ).toBeInTheDocument();
  });

  it('has the suggestions of servers that do not say where they belong', async () => {
    const card = await show({ suggestions: ['numpy', 'scipy'] });
    expect(card).toHaveTextContent('What may help:numpyscipy');
  });

  it('shows the last thirty lines of the log, and the very last of them', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}.`);
    const height = jest.spyOn(Element.prototype, 'scrollHeight', 'get');
    height.mockReturnValue(500);
    client.logText = `${lines.join('\n')}\n\n`;
    const card = await show({});
    const end = within(card).getByRole('region', {
      name: 'The last lines of the log'
    });
    expect(end.textContent?.split('\n')).toEqual(lines.slice(10));
    expect(end.scrollTop).toBe(500);
    height.mockRestore();
  });

  it('leads to the specification', async () => {
    const card = await show({});
    const { edit } = CommandIDs;
    await userEvent.click(within(card).getByRole('button', { name: edit }));
    expect(runs[0]?.[1]).toMatchObject({ buildId: 7, retry: true });
  });
});
