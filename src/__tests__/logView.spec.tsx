import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Clipboard } from '@jupyterlab/apputils';
import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IBuild } from '../api/types';
import { LogView } from '../detail/logView';
import { errorLine, lastLines, occurrences } from '../detail/logText';
import { AnsiReader } from '../model/ansi';
import { BuildModel } from '../model/build';
import { LogModel } from '../model/log';
import { build, FakeClient, settled } from './fixtures';
import { renderWithCommands } from './render';

const ESCAPE = String.fromCharCode(27);

const RED = `${ESCAPE}[1;31m`;
const RESET = `${ESCAPE}[0m`;

describe('AnsiReader', () => {
  it('takes the signs of colours out, and tells where the colours are', () => {
    const reader = new AnsiReader();
    expect(reader.read(`a ${RED}bad${RESET} end`)).toBe('a bad end');
    expect(reader.spans).toEqual([{ from: 2, to: 5, style: 'red bold' }]);
  });

  it('reads signs that come in two pieces, wherever they are cut', () => {
    const text = `one\r\n${ESCAPE}[92mgreen${ESCAPE}[39m\rtwo${ESCAPE}[2K${ESCAPE}[38;5;9m!`;
    const whole = new AnsiReader();
    const expected = whole.read(text);
    expect(expected).toBe('one\ngreen\ntwo!');
    for (let cut = 1; cut < text.length; cut++) {
      const reader = new AnsiReader();
      expect(
        reader.read(text.slice(0, cut)) + reader.read(text.slice(cut))
      ).toBe(expected);
      const colored = reader.spans
        .map(({ from, to }) => expected.slice(from, to))
        .join('');
      expect(colored).toBe('green');
    }
  });
});

describe('what is looked for in a log', () => {
  it('is found in whichever case', () => {
    expect(occurrences('Error: an ERROR', 'error', 10)).toEqual([10, 20]);
    expect(occurrences('aaa', 'aa')).toEqual([0]);
  });

  it('is the verdict, or else the last error', () => {
    const at = (text: string): string | null => {
      const line = errorLine(text);
      return line && text.slice(line.from, line.to);
    };
    expect(at('BUILD FAILED: no\nan error\n')).toBe('BUILD FAILED: no');
    expect(at('error: one\nmore\nERROR two\nend')).toBe('ERROR two');
    expect(at('terrors\n')).toBeNull();
  });

  it('is at its end', () => {
    expect(lastLines('1\n2\n3\n\n', 2)).toBe('2\n3');
  });
});

describe('LogView', () => {
  let client: FakeClient;
  let log: LogModel;

  async function show(
    of: IBuild = build(),
    ahead: number | null = null
  ): Promise<void> {
    log = new LogModel({
      client,
      buildId: of.id,
      isActive: () => false
    });
    await act(async () => {
      renderWithCommands(<LogView log={log} build={of} ahead={ahead} />);
      await settled();
      await new Promise(resolve => setTimeout(resolve, 0));
    });
  }

  beforeEach(() => {
    // jsdom has no layout.
    Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
    client = new FakeClient();
  });

  afterEach(() => log.dispose());

  const selected = (): string | undefined =>
    document.querySelector('.jp-EnvStore-log [role="search"] [role="status"]')
      ?.textContent ?? undefined;

  it('finds what is searched for, on and back again', async () => {
    client.logText = 'numpy\nscipy\nNumPy\n';
    await show();
    await userEvent.type(
      screen.getByRole('searchbox', { name: 'Search the log' }),
      'numpy'
    );
    expect(selected()).toBe('1 of 2');
    expect(document.querySelectorAll('.jp-EnvStoreLog-match')).toHaveLength(2);
    await userEvent.keyboard('{Enter}');
    expect(selected()).toBe('2 of 2');
    await userEvent.keyboard('{Enter}');
    expect(selected()).toBe('1 of 2');
    await userEvent.click(screen.getByRole('button', { name: 'Previous' }));
    expect(selected()).toBe('2 of 2');
    expect(screen.getByRole('button', { name: 'Follow' })).toHaveAttribute(
      'aria-pressed',
      'false'
    );
    await userEvent.type(screen.getByRole('searchbox'), 'x');
    expect(selected()).toBe('Not found');
  });

  it('says what was found when one searches, not as the log grows', async () => {
    client.logText = 'numpy\n';
    await show();
    await userEvent.type(screen.getByRole('searchbox'), 'numpy');
    expect(selected()).toBe('1 of 1');
    client.logText += 'numpy\n';
    await act(() => log.start());
    expect(await screen.findByText('1 of 2')).toBeInTheDocument();
    expect(selected()).toBe('1 of 1');
    await userEvent.keyboard('{Enter}');
    expect(selected()).toBe('2 of 2');
  });

  it('is followed until one scrolls up, and from the end on again', async () => {
    client.logText = 'one\n';
    await show();
    const scroller = document.querySelector('.cm-scroller') as HTMLElement;
    const follow = screen.getByRole('button', { name: 'Follow' });
    const size = { scrollHeight: 1000, clientHeight: 100 };
    const scroll = (scrollTop: number): void => {
      for (const [name, value] of Object.entries({ ...size, scrollTop })) {
        Object.defineProperty(scroller, name, { value, configurable: true });
      }
      fireEvent.scroll(scroller);
    };
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 1000);
    const isFollowed = (): string | null => follow.getAttribute('aria-pressed');
    scroll(900);
    expect(isFollowed()).toBe('true');
    // The log has grown, and the editor has not come to its end yet.
    size.scrollHeight = 1100;
    scroll(950);
    expect(isFollowed()).toBe('true');
    scroll(400);
    expect(isFollowed()).toBe('false');
    scroll(600);
    expect(isFollowed()).toBe('false');
    scroll(1000);
    expect(isFollowed()).toBe('true');
    now.mockRestore();
  });

  it('shows colours, and copies the text without their signs', async () => {
    client.logText = `${RED}broken${RESET} end\n`;
    await show();
    const colored = document.querySelector('[data-envstore-ansi="red bold"]');
    expect(colored).toHaveTextContent('broken');
    const copy = jest.spyOn(Clipboard, 'copyToSystem').mockReturnValue();
    await userEvent.click(screen.getByRole('button', { name: 'Copy the log' }));
    expect(copy).toHaveBeenCalledWith('broken end\n');
    copy.mockRestore();
  });

  it('leads to the error', async () => {
    client.logText = 'solving\nBUILD FAILED: no numpy\n';
    await show(build({ status: 'FAILED' }));
    await userEvent.click(
      screen.getByRole('button', { name: 'Jump to the Error' })
    );
    expect(
      screen.getByRole('textbox', { name: 'Log of build 1' })
    ).toHaveFocus();
    expect(getSelection()?.toString()).toBe('BUILD FAILED: no numpy');
  });

  it('scrolls without the page around it', async () => {
    const style = document.createElement('style');
    style.textContent = readFileSync(
      join(__dirname, '..', '..', 'style', 'log.css'),
      'utf8'
    );
    document.head.append(style);
    await show();
    // jsdom has no layout; this is where CodeMirror goes no further up.
    const host = document.querySelector('.cm-editor')?.parentElement as Element;
    expect(getComputedStyle(host).position).toBe('sticky');
    style.remove();
  });

  it('offers no way to an error where there is none', async () => {
    client.logText = 'Build finished\n';
    await show();
    expect(screen.getByText('The log is complete')).toBeInTheDocument();
    expect(screen.queryByText('Jump to the Error')).toBeNull();
  });

  it('says that no log was kept', async () => {
    await show();
    expect(
      screen.getByText('No log was kept of this build')
    ).toBeInTheDocument();
  });

  it('wraps long lines, or does not', async () => {
    client.logText = 'long\n';
    await show();
    const text = screen.getByRole('textbox', { name: 'Log of build 1' });
    expect(text).toHaveClass('cm-lineWrapping');
    await userEvent.click(screen.getByRole('button', { name: 'Wrap' }));
    expect(text).not.toHaveClass('cm-lineWrapping');
  });

  it('stands still while the server is away, and marks where it went on', async () => {
    client.logText = 'one\n';
    await show();
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'gone'
    });
    await act(() => log.start());
    expect(screen.getByText(/The log stands still/)).toBeInTheDocument();
    client.failure = null;
    client.logText = 'one\ntwo\n';
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(
      await screen.findByText(
        /The connection was lost for .* Nothing is missing/
      )
    ).toBeInTheDocument();
    expect(log.text).toBe('one\ntwo\n');
  });
});

describe('a build that waits', () => {
  it('knows how many are ahead in the queue', async () => {
    const client = new FakeClient();
    client.stored = [build({ id: 3, status: 'QUEUED' })];
    const queued = { namespace: 'me', environment: 'analysis', author: null };
    client.queued = [null, 1, 2, 3].map((position, id) => ({
      ...queued,
      position,
      build: build({ id })
    }));
    const model = new BuildModel({ client, id: 3 });
    await model.refresh();
    expect(model.ahead).toBe(2);
    client.stored = [build({ id: 3, status: 'BUILDING' })];
    await model.refresh();
    expect(model.ahead).toBeNull();
    model.dispose();
  });

  it('goes on with its log when the server is back', async () => {
    const client = new FakeClient();
    client.stored = [build()];
    const model = new BuildModel({ client, id: 1 });
    await model.refresh();
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'gone'
    });
    await model.log.start();
    expect(model.log.state).toBe('error');
    client.failure = null;
    client.logText = 'here\n';
    await model.refresh();
    await new Promise(resolve => setTimeout(resolve, 0));
    expect(model.log.text).toBe('here\n');
    model.dispose();
  });
});
