import { Clipboard, Dialog } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, screen, within } from '@testing-library/react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import type { EnvironmentDocument } from '../detail/documents';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { addDetailCommands } from '../plugins/detailCommands';
import { documents } from '../plugins/documents';
import { editorFactory } from './editorFactory';
import {
  artifact,
  build,
  environment,
  FakeClient,
  FakeStream,
  namespace,
  settled
} from './fixtures';
import { Page, trans } from './render';

const TARGET = { namespace: 'me', name: 'analysis' };

const ALL = [
  CommandIDs.annotate,
  CommandIDs.compare,
  CommandIDs.measure,
  CommandIDs.artifact
];

let client: FakeClient;
let store: EnvStore;
let page: Page;
let commands: CommandRegistry;

beforeEach(async () => {
  const current = build({ id: 2 });
  client = new FakeClient();
  client.items = [
    environment({ latest_build: build({ id: 3 }), published_build: current })
  ];
  client.stored = [
    build({ id: 1, note: 'old', tags: ['paper'], published: false }),
    current,
    build({ id: 3, published: false })
  ];
  store = new EnvStore({ client, stream: new FakeStream() });
  await store.load();
  page = new Page();
  ({ commands } = page);
});

afterEach(() => {
  jest.restoreAllMocks();
  Dialog.flush();
  page.close();
  store.dispose();
});

describe('the commands of a document', () => {
  let model: EnvironmentModel;
  /** Where documents were opened. */
  let opened: [string, string, unknown][];

  beforeEach(async () => {
    model = await store.open('me', 'analysis');
    await settled();
    client.calls.length = 0;
    opened = [];
    addDetailCommands(page.app, store, trans, async (...where) => {
      opened.push(where as [string, string, unknown]);
      return { model } as EnvironmentDocument;
    });
  });

  afterEach(() => model.dispose());

  /** The document of the environment is in front. */
  function bringToFront(): void {
    page.shell.currentWidget = Object.assign(new Widget(), { model });
  }

  /** What a dialog says of a command that could not be carried out. */
  async function refusalOf(
    ...command: Parameters<CommandRegistry['execute']>
  ): Promise<string> {
    const run = commands.execute(...command);
    const dialog = await screen.findByRole('dialog', { hidden: true });
    act(() => Dialog.flush());
    await run.catch(() => undefined);
    return dialog.textContent ?? '';
  }

  it.each(ALL)('describe what they are and take: %s', async id => {
    expect(commands.label(id, TARGET)).not.toBe('');
    expect(commands.caption(id, TARGET)).not.toBe('');
    const { args } = await commands.describedBy(id);
    expect(args).toMatchObject({
      type: 'object',
      properties: { namespace: {}, name: {} }
    });
  });

  it.each(ALL)(
    'are there only for an environment that is known: %s',
    async id => {
      expect(commands.isEnabled(id)).toBe(false);
      expect(commands.isEnabled(id, { ...TARGET, name: 'other' })).toBe(false);
      await commands.execute(id);
      expect(opened).toEqual([]);
      expect(commands.isEnabled(id, TARGET)).toBe(true);
      bringToFront();
      expect(commands.isEnabled(id)).toBe(true);
    }
  );

  describe('notes', () => {
    const TITLE = 'Write a note on the build, and give it tags';

    it('are asked for in the list of builds', async () => {
      expect(commands.caption(CommandIDs.annotate, TARGET)).toBe(TITLE);
      await commands.execute(CommandIDs.annotate, { ...TARGET, buildId: 1 });
      expect(opened).toEqual([
        ['me', 'analysis', { tab: 'builds', stays: true }]
      ]);
      expect([...model.noting]).toEqual([1]);
      expect(client.count('annotate')).toBe(0);
    });

    it('are about the newest build of what is in front otherwise', async () => {
      bringToFront();
      await commands.execute(CommandIDs.annotate);
      expect(opened).toEqual([
        ['me', 'analysis', { tab: 'builds', stays: true }]
      ]);
      expect([...model.noting]).toEqual([3]);
    });

    it.each([
      [{ note: 'new' }, 'annotate 1 new null', 'new', ['paper']],
      [{ tags: ['a', 'b'] }, 'annotate 1 null a,b', 'old', ['a', 'b']],
      [{ note: '', tags: [] }, 'annotate 1  ', '', []]
    ])('are written as they are given: %j', async (args, call, note, tags) => {
      await commands.execute(CommandIDs.annotate, {
        ...TARGET,
        buildId: 1,
        ...args
      });
      expect(client.calls).toContain(call);
      expect([...model.noting]).toEqual([]);
      // The list was read again.
      expect(model.builds.at(-1)).toMatchObject({ id: 1, note, tags });
    });

    it('are not for who may not change the environment', async () => {
      client.held = {
        ...client.held,
        entity_permissions: { 'me/other': ['environment::update'] }
      };
      await store.load();
      expect(commands.isEnabled(CommandIDs.annotate, TARGET)).toBe(false);
      expect(commands.caption(CommandIDs.annotate, TARGET)).toBe(
        'Your role in namespace me does not allow this.'
      );
      // To look at it is something else.
      expect(commands.isEnabled(CommandIDs.compare, TARGET)).toBe(true);
      expect(commands.isEnabled(CommandIDs.measure, TARGET)).toBe(true);
      expect(commands.isEnabled(CommandIDs.artifact, TARGET)).toBe(true);
    });

    it('are not written while the server is away', () => {
      store.environments.fail(
        new EnvStoreError({ kind: 'unreachable', message: 'gone' })
      );
      expect(commands.isEnabled(CommandIDs.annotate, TARGET)).toBe(false);
      expect(commands.caption(CommandIDs.annotate, TARGET)).toBe(
        'The server cannot be reached.'
      );
    });

    it('are refused with the words of the server', async () => {
      client.failure = new EnvStoreError({
        kind: 'refused',
        message: 'The note is too long.',
        hint: 'Shorten it.'
      });
      const text = await refusalOf(CommandIDs.annotate, {
        ...TARGET,
        buildId: 1,
        note: '…'
      });
      expect(text).toContain('The note is too long.');
      expect(text).toContain('Shorten it.');
    });
  });

  it.each([
    [{ ...TARGET, buildId: 3, otherId: 1 }, [1, 3]],
    [{ ...TARGET, buildId: 3 }, [2, 3]],
    [TARGET, [2, 3]]
  ])('compare builds: %j', async (args, pair) => {
    await commands.execute(CommandIDs.compare, args);
    expect(model.pair).toEqual(pair);
    expect(opened[0]?.[2]).toMatchObject({ tab: 'builds', stays: true });
  });

  it('compare a build with itself where none is current', async () => {
    client.items = [
      environment({ latest_build: build({ id: 3 }), published_build: null })
    ];
    await store.environments.refresh();
    await commands.execute(CommandIDs.compare, { ...TARGET, buildId: 1 });
    expect(model.pair).toEqual([1, 1]);
  });

  it('measure nothing of what another store shares', async () => {
    const reason = 'It is part of another store.';
    const shared = { ...namespace('me'), read_only: true, reason };
    client.items = [environment({ namespace: shared })];
    await store.resync();
    expect(commands.isEnabled(CommandIDs.measure, TARGET)).toBe(false);
    expect(commands.caption(CommandIDs.measure, TARGET)).toBe(reason);
  });

  it('measure once at a time, where it is looked at', async () => {
    const both = [
      commands.execute(CommandIDs.measure, TARGET),
      commands.execute(CommandIDs.measure, TARGET)
    ];
    await Promise.all(both);
    expect(client.count('usageOf')).toBe(1);
    expect(model.usage).toMatchObject({ error: null, isMeasuring: false });
    expect(model.usage.value?.size).toBeGreaterThan(0);
    await commands.execute(CommandIDs.measure, TARGET);
    expect(client.count('usageOf')).toBe(2);
    expect(opened[0]).toEqual([
      'me',
      'analysis',
      { tab: 'overview', stays: true }
    ]);
  });

  it('are not there while the server is away', async () => {
    client.failure = new EnvStoreError({
      kind: 'unreachable',
      message: 'gone'
    });
    await store.environments.refresh();
    for (const id of ALL) {
      expect(commands.isEnabled(id, TARGET)).toBe(false);
      expect(commands.caption(id, TARGET)).toBe(
        'The server cannot be reached.'
      );
    }
  });

  describe('files', () => {
    let copied: string[];
    let kept: { name: string; url: string }[];
    let made: string[];

    beforeEach(() => {
      copied = [];
      kept = [];
      made = [];
      jest
        .spyOn(Clipboard, 'copyToSystem')
        .mockImplementation(text => void copied.push(String(text)));
      jest
        .spyOn(HTMLAnchorElement.prototype, 'click')
        .mockImplementation(function (this: HTMLAnchorElement) {
          kept.push({
            name: this.download,
            url: this.getAttribute('href') ?? ''
          });
        });
      Object.assign(URL, {
        createObjectURL: (blob: Blob) => {
          const reader = new FileReader();
          reader.onload = () => made.push(String(reader.result));
          reader.readAsText(blob);
          return 'blob:text';
        },
        revokeObjectURL: () => undefined
      });
      client.files = [
        artifact(),
        artifact({
          id: 2,
          artifact_type: 'LOCKFILE',
          format: 'pixi.lock',
          address: 'build/1/pixi.lock/'
        })
      ];
    });

    const get = (args: {
      buildId?: number;
      file?: string;
      isCopy?: boolean;
    }): Promise<void> =>
      commands.execute(CommandIDs.artifact, { ...TARGET, ...args });

    it('are called by what becomes of them', () => {
      const label = (isCopy?: boolean): string =>
        commands.label(CommandIDs.artifact, { isCopy });
      expect(label()).toBe('Download');
      expect(label(true)).toBe('Copy');
    });

    it('are the specification as it was written, without a name', async () => {
      await get({ buildId: 1, isCopy: true });
      expect(copied).toEqual([build().text]);
      await get({ buildId: 1 });
      expect(kept).toEqual([
        { name: 'me-analysis-1-environment.yml', url: 'blob:text' }
      ]);
      await new Promise(resolve => setTimeout(resolve, 20));
      expect(made).toEqual([build().text]);
      expect(client.count('artifactText')).toBe(0);
      expect(opened[0]).toEqual([
        'me',
        'analysis',
        { tab: 'artifacts', stays: true, buildId: 1 }
      ]);
    });

    it('are the log, too', async () => {
      await get({ buildId: 1, file: 'log', isCopy: true });
      expect(copied).toEqual(['text of build/1/logs/']);
      expect(client.count('artifacts')).toBe(0);
    });

    it('are copied', async () => {
      await get({ buildId: 1, file: 'pixi.lock', isCopy: true });
      expect(copied).toEqual(['text of build/1/pixi.lock/']);
      expect(kept).toEqual([]);
    });

    it('are downloaded by the browser, under a name that tells of what', async () => {
      await get({ buildId: 1, file: 'archive.tar.gz' });
      expect(kept).toEqual([
        {
          name: 'me-analysis-1-archive.tar.gz',
          url: '/envstore/api/v1/build/1/archive.tar.gz'
        }
      ]);
      expect(client.count('artifactText')).toBe(0);
      expect(copied).toEqual([]);
    });

    it('are those of the newest build, where none is named', async () => {
      await get({ file: 'pixi.lock' });
      expect(client.calls).toContain('artifacts 3');
      expect(kept[0]?.name).toBe('me-analysis-3-pixi.lock');
    });

    it.each([
      ['that is none', { file: 'conda-lock.yml' }],
      ['that is none, to be copied', { file: 'nothing', isCopy: true }],
      ['that is no text', { file: 'archive.tar.gz', isCopy: true }]
    ])('are not had by a name %s', async (_, args) => {
      expect(
        await refusalOf(CommandIDs.artifact, { ...TARGET, buildId: 1, ...args })
      ).toContain('Build 1 has no such file, or it is no text.');
      expect(kept).toEqual([]);
      expect(copied).toEqual([]);
    });
  });
});

describe('the first document of an environment', () => {
  beforeEach(async () => {
    const editors = { factoryService: editorFactory() };
    await documents.activate(
      page.app,
      store,
      editors as unknown as IEditorServices,
      nullTranslator,
      null,
      null,
      null,
      null
    );
  });

  const selected = async (): Promise<string | null> => {
    const views = await screen.findByRole('tablist', { name: /^Views/ });
    return within(views).getByRole('tab', { selected: true }).textContent;
  };

  it('is opened by what is done in it', async () => {
    expect(ALL.filter(id => commands.hasCommand(id))).toEqual(ALL);
    await page.run(CommandIDs.annotate, { ...TARGET, buildId: 1 });
    const form = await screen.findByRole('form', { name: 'Note on build 1' });
    expect(await selected()).toContain('Builds');
    const note = within(form).getByRole('textbox', { name: 'Note' });
    expect(note).toHaveValue('old');
    expect(note).toHaveFocus();
    await page.run(CommandIDs.measure, TARGET);
    expect(await screen.findByText(/occupy 3.0 GB/)).toBeInTheDocument();
    expect(await selected()).toContain('Overview');
    await page.run(CommandIDs.compare, { ...TARGET, buildId: 3, otherId: 1 });
    expect(await selected()).toContain('Builds');
    expect(
      await screen.findByRole('region', { name: 'Differences' })
    ).toBeInTheDocument();
    await act(settled);
    expect(client.calls).toContain('compare 1 3');
    expect(page.documents).toHaveLength(1);
  });

  it('begins with a text that it is given, and asks before it replaces another', async () => {
    const give = (text: string): Promise<void> =>
      page.run(CommandIDs.open, { ...TARGET, draft: text, baseId: 3 });
    const text = (): string | undefined => {
      const [document] = page.documents;
      return (document as EnvironmentDocument | undefined)?.model.draft?.text;
    };
    await give('name: one');
    expect(text()).toBe('name: one');
    // Nobody has changed what it was given.
    await give('name: two');
    expect(text()).toBe('name: two');
    (page.documents[0] as EnvironmentDocument).model.draft?.setText('mine');
    const asked = commands.execute(CommandIDs.open, {
      ...TARGET,
      draft: 'name: three'
    });
    const dialog = await screen.findByRole('dialog', { hidden: true });
    await within(dialog).findByText('Discard the changes?');
    expect(text()).toBe('mine');
    dialog.querySelector<HTMLElement>('.jp-mod-accept')?.click();
    await asked;
    expect(text()).toBe('name: three');
  });
});
