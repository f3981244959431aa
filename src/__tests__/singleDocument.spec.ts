import type { ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { screen } from '@testing-library/react';
import { failureReporter } from '../plugins/failures';
import type { ISingleDocument } from '../plugins/singleDocument';
import { addSingleDocument } from '../plugins/singleDocument';
import { Page, trans } from './render';

const COMMAND = 'envstore:test';

class Document extends MainAreaWidget<Widget> {
  constructor(readonly model: { shows: string }) {
    super({ content: new Widget() });
    this.id = 'document';
  }
}

describe('a document of which there is one', () => {
  let page: Page;
  let isAllowed: boolean;
  let made: number;
  let failure: Error | null;
  let loaded: Promise<void>;
  let know: () => void;
  let single: ISingleDocument<{ shows: string }>;
  /** What the layout of an earlier session does with the command. */
  let restore: jest.Mock<
    Promise<void>,
    [unknown, { command: string; name: () => string }]
  >;

  beforeEach(() => {
    page = new Page();
    isAllowed = true;
    loaded = new Promise(resolve => (know = resolve));
    made = 0;
    failure = null;
    restore = jest.fn(async (_, { command }) => {
      await page.commands.execute(command, {});
    });
    single = addSingleDocument({
      app: page.app,
      restorer: { restore } as unknown as ILayoutRestorer,
      id: COMMAND,
      name: 'test',
      texts: { label: 'Test', isEnabled: () => isAllowed },
      failure: 'It cannot be opened',
      attempt: failureReporter(trans),
      loaded,
      make: async () => {
        made += 1;
        await new Promise(resolve => setTimeout(resolve, 10));
        if (failure) {
          throw failure;
        }
        return new Document({ shows: `model ${made}` });
      }
    });
  });

  afterEach(() => {
    page.close();
  });

  it('is opened once, whoever asks', async () => {
    const asked = [
      single.open(),
      single.open(),
      page.commands.execute(COMMAND) as Promise<void>
    ];
    const [first, second, command] = await Promise.all(asked);
    await restore.mock.results[0]?.value;
    expect(first).toEqual({ shows: 'model 1' });
    expect(second).toBe(first);
    // What a command resolves with may be sent elsewhere.
    expect(command).toBeUndefined();
    expect(made).toBe(1);
    expect(page.documents).toHaveLength(1);
    expect(single.model()).toBe(first);
  });

  it('is made anew once it was closed', async () => {
    await single.open();
    page.close();
    expect(single.model()).toBeNull();
    expect(await single.open()).toEqual({ shows: 'model 2' });
  });

  it('is brought back by the layout', async () => {
    await restore.mock.results[0]?.value;
    expect(restore.mock.calls[0]?.[1]).toMatchObject({ command: COMMAND });
    expect(page.documents).toHaveLength(1);
  });

  it('goes again once it is known that the user may not see it', async () => {
    await restore.mock.results[0]?.value;
    isAllowed = false;
    const [document] = page.documents;
    expect(document?.isDisposed).toBe(false);
    know();
    await loaded;
    expect(document?.isDisposed).toBe(true);
    expect(single.model()).toBeNull();
  });

  it('can be asked for again after it could not be made', async () => {
    failure = new Error('The chunk is gone.');
    const told = page.commands.execute(COMMAND);
    expect(await screen.findByText('The chunk is gone.')).toBeInTheDocument();
    document
      .querySelector<HTMLElement>('.jp-Dialog .jp-Dialog-button')
      ?.click();
    await told;
    expect(page.documents).toEqual([]);
    failure = null;
    await single.open();
    expect(page.documents).toHaveLength(1);
  });
});

it('is not opened for who may not, neither by a layout', async () => {
  const page = new Page();
  const restore = jest.fn(async () => {
    await page.commands.execute(COMMAND, {});
  });
  const make = jest.fn(async () => new Document({ shows: 'nothing' }));
  const { model, open } = addSingleDocument({
    app: page.app,
    restorer: { restore } as unknown as ILayoutRestorer,
    id: COMMAND,
    name: 'test',
    texts: { label: 'Test', isEnabled: () => false },
    failure: 'It cannot be opened',
    attempt: failureReporter(trans),
    loaded: Promise.resolve(),
    make
  });
  await Promise.all(restore.mock.results.map(({ value }) => value));
  expect(restore).toHaveBeenCalledTimes(1);
  expect(await open()).toBeNull();
  expect(model()).toBeNull();
  expect(make).not.toHaveBeenCalled();
  expect(page.documents).toEqual([]);
});
