import { nullTranslator } from '@jupyterlab/translation';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IBuild, IFailure } from '../api/types';
import { CommandIDs } from '../commandIds';
import { ErrorCard } from '../components/errorCard';
import {
  activity,
  buildSeconds,
  formatAgo,
  writeAs,
  formatBytes,
  shownId,
  formatDuration,
  parseTime
} from '../components/format';
import { PhaseStrip } from '../components/phaseStrip';
import { ProgressBar } from '../components/progressBar';
import { Tabs } from '../components/tabs';
import { FailureCard } from '../detail/failureCard';
import { BuildModel } from '../model/build';
import { build, FakeClient, problem, progress } from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

describe('format', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_950, '1.0 MB'],
    [310_000_000, '310 MB'],
    [1_900_000_000, '1.9 GB']
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('numbers a build as its own store does', () => {
    expect(shownId(7)).toBe(7);
    expect(shownId(2 ** 52 + 2 ** 45 + 7)).toBe(7);
    expect(shownId(Number.MAX_SAFE_INTEGER)).toBe(2 ** 32 - 1);
  });

  it.each([
    [0.44, '0.4 s'],
    [9.99, '10 s'],
    [125, '2 min 5 s'],
    [3790, '1 h 3 min']
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('takes times without a zone for UTC', () => {
    expect(parseTime('2026-11-20T08:45:10.838793').toISOString()).toBe(
      '2026-11-20T08:45:10.838Z'
    );
  });

  it.each([
    ['2026-11-20T08:46:05', 'now'],
    ['2026-11-20T08:44:10', '2 minutes ago'],
    ['2026-11-20T05:40:10', '3 hours ago'],
    ['2026-11-18T08:46:10', '2 days ago']
  ])('tells how long ago %s was', (timestamp, text) => {
    const now = Date.parse('2026-11-20T08:46:11Z');
    expect(formatAgo(timestamp, now)).toBe(text);
  });

  it('writes numbers and times in the language of the texts', () => {
    const spoken = (code: string): ReturnType<typeof nullTranslator.load> =>
      Object.assign(nullTranslator.load(''), { getLocale: () => code });
    const now = Date.parse('2026-01-01T12:00:00Z');
    writeAs(spoken('de_DE'));
    expect(formatBytes(1_500_000)).toBe('1,5 MB');
    expect(formatDuration(2.5)).toBe('2,5 s');
    expect(formatAgo('2026-01-01T10:00:00', now)).toBe('vor 2 Stunden');
    writeAs(spoken('zh_Hans_CN'));
    expect(formatBytes(1_500_000)).toBe('1.5 MB');
    writeAs(spoken('en_US'));
    expect(formatBytes(1_500_000)).toBe('1.5 MB');
  });

  it('counts a running build up to now', () => {
    const running = build({ ended_on: null });
    const now = Date.parse('2026-11-20T08:46:11Z');
    expect(buildSeconds(running, now)).toBe(60);
    expect(buildSeconds(build(), now)).toBe(10);
    expect(buildSeconds(build({ started_on: null }), now)).toBeNull();
  });
});

describe('activity', () => {
  const trans = nullTranslator.load('jupyter_envstore');
  const running = build({ status: 'BUILDING', phase: 'LINKING' });

  it('tells the phase, and how much of it is done', () => {
    expect(activity(running, trans)).toBe('Linking');
    expect(activity({ ...running, progress: progress() }, trans)).toBe(
      'Linking 25 %'
    );
  });

  it('tells of a cancel until it has happened', () => {
    const asked = { ...running, cancel_requested: true };
    expect(activity(asked, trans)).toBe('Canceling');
    expect(activity({ ...asked, status: 'CANCELED' }, trans)).toBe('Canceled');
  });
});

describe('FailureCard', () => {
  let model: BuildModel;

  beforeEach(() => {
    model = new BuildModel({ client: new FakeClient(), id: 7 });
  });

  afterEach(() => model.dispose());

  const failed: IBuild = build({
    id: 7,
    status: 'FAILED',
    text: 'name: a\ndependencies:\n  - nunpy\n',
    failure: {
      kind: 'unsolvable',
      message: 'No package is called nunpy in conda-forge.',
      hint: 'Correct the name, or add the channel that has it.',
      explanation: 'nothing provides\n  └─ nunpy',
      problems: [problem({ line: 3, column: 5 })],
      suggestions: ['numpy']
    }
  });

  it('tells the cause, the line at fault and what may help', () => {
    renderWithCommands(<FailureCard build={failed} model={model} />);
    const card = screen.getByRole('region', { name: 'Build 7 failed' });
    expect(card).toHaveTextContent(
      'No package is called nunpy in conda-forge.'
    );
    expect(card).toHaveTextContent('- nunpy');
    expect(card).toHaveTextContent('Correct the name');
    expect(screen.getByRole('listitem')).toHaveTextContent('numpy');
    expect(screen.getByLabelText('Explanation of the solver').textContent).toBe(
      'nothing provides\n  └─ nunpy'
    );
  });

  it('says each thing once', () => {
    const hint = 'Did you mean numpy?';
    const message = failed.failure?.message ?? '';
    renderWithCommands(
      <FailureCard
        model={model}
        build={build({
          ...failed,
          failure: {
            ...(failed.failure as IFailure),
            hint,
            problems: [problem({ line: 3, message, hint })]
          }
        })}
      />
    );
    expect(screen.getAllByText(hint)).toHaveLength(1);
    expect(screen.getAllByText(message)).toHaveLength(1);
  });

  it('leads to the editor with the text of this build', async () => {
    const runs: Run[] = [];
    renderWithCommands(<FailureCard build={failed} model={model} />, runs);
    await userEvent.click(
      screen.getByRole('button', { name: CommandIDs.edit })
    );
    expect(runs).toEqual([
      [
        CommandIDs.edit,
        { namespace: 'me', name: 'analysis', buildId: 7, retry: true }
      ]
    ]);
  });

  it('makes do with what an old server tells', () => {
    renderWithCommands(
      <FailureCard
        model={model}
        build={build({ status: 'FAILED', status_info: 'worker killed' })}
      />
    );
    expect(screen.getByText('worker killed')).toBeInTheDocument();
  });
});

describe('ErrorCard', () => {
  const LOG = /The log of the Jupyter server says more/;

  function show(status: number): void {
    renderWithCommands(
      <ErrorCard
        error={
          new EnvStoreError({
            kind: 'refused',
            status,
            message: 'It went wrong.',
            hint: 'Wait.'
          })
        }
      />
    );
  }

  it.each([500, 503])('says where to read more of a status %d', status => {
    show(status);
    expect(screen.getByRole('alert')).toHaveTextContent('It went wrong.');
    expect(screen.getByRole('alert')).toHaveTextContent('Wait.');
    expect(screen.getByRole('alert')).toHaveTextContent(LOG);
  });

  it.each([0, 404, 409, 422])('sends nobody there for a status %d', status => {
    show(status);
    expect(screen.getByRole('alert')).toHaveTextContent('It went wrong.');
    expect(screen.getByRole('alert')).not.toHaveTextContent(LOG);
  });
});

describe('Tabs', () => {
  it('take the focus from what goes, and leave it where it stays', () => {
    const view = (current: 'one' | 'two'): JSX.Element => (
      <>
        <button type="button">beside</button>
        <Tabs
          id="test"
          label="Views"
          tabs={[
            { id: 'one', label: 'One' },
            { id: 'two', label: 'Two' }
          ]}
          current={current}
          onChange={() => undefined}
        >
          {tab => <button type="button">in {tab}</button>}
        </Tabs>
      </>
    );
    const { rerender } = render(view('one'));
    expect(document.body).toHaveFocus();
    const focus = (name: string): void =>
      screen.getByRole('button', { name }).focus();
    focus('in one');
    rerender(view('two'));
    expect(screen.getByRole('tab', { name: 'Two' })).toHaveFocus();
    focus('beside');
    rerender(view('one'));
    expect(screen.getByRole('button', { name: 'beside' })).toHaveFocus();
    (document.activeElement as HTMLElement).blur();
    rerender(view('two'));
    expect(screen.getByRole('tab', { name: 'Two' })).toHaveFocus();
  });
});

describe('PhaseStrip', () => {
  const spans = [
    { phase: 'SOLVING', seconds: 1.2 },
    { phase: 'LINKING', seconds: null }
  ] as const;

  function phases(status: IBuild['status']): string[] {
    renderWithCommands(
      <PhaseStrip
        build={build({ status, published: false })}
        spans={spans}
        phaseSince={0}
      />
    );
    return screen.getAllByRole('listitem').map(item => item.textContent ?? '');
  }

  it('shows what is done, what runs and what is to come', () => {
    jest.useFakeTimers({ now: 4000 });
    try {
      const texts = phases('BUILDING');
      expect(texts[0]).toContain('Solving done 1.2 s');
      expect(texts[1]).toContain('Linking running 4.0 s');
      expect(texts[2]).toContain('Compiling byte code still to come');
      expect(texts.at(-1)).toContain('Publishing');
    } finally {
      jest.useRealTimers();
    }
  });

  it('shows where a build stopped', () => {
    const texts = phases('FAILED');
    expect(texts).toHaveLength(2);
    expect(texts[1]).toContain('Linking stopped here');
  });
});

describe('ProgressBar', () => {
  it('counts packages and bytes', () => {
    renderWithCommands(
      <ProgressBar
        build={build({
          status: 'BUILDING',
          phase: 'DOWNLOADING',
          progress: progress()
        })}
      />
    );
    const bar = screen.getByRole('progressbar', {
      name: 'Progress of build 1'
    });
    // A quarter of the packages, though more of the bytes.
    expect(bar).toHaveAttribute('value', '0.25');
    expect(screen.getByText('3 of 12 packages')).toBeInTheDocument();
    expect(screen.getByText('31.0 MB of 80.0 MB')).toBeInTheDocument();
  });
});
