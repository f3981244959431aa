import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { nullTranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { AccordionPanel } from '@lumino/widgets';
import { Widget } from '@lumino/widgets';
import { act, screen } from '@testing-library/react';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { fill } from '../panel/view';
import { documents } from '../plugins/documents';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';
import { Page, trans } from './render';

const REFUSAL = 'Your role does not allow builds in any namespace.';

let client: FakeClient;
let store: EnvStore;
let page: Page;

beforeEach(async () => {
  client = new FakeClient();
  client.items = [environment()];
  store = new EnvStore({ client, stream: new FakeStream() });
  await store.load();
  page = new Page();
});

afterEach(() => {
  Dialog.flush();
  page.close();
  store.dispose();
});

describe('new environments', () => {
  let hit: HTMLElement | undefined;

  beforeEach(async () => {
    hit = undefined;
    const app: JupyterFrontEnd = Object.assign(page.app, {
      contextMenuHitTest: () => hit
    });
    await documents.activate(
      app,
      store,
      { factoryService: editorFactory() } as unknown as IEditorServices,
      nullTranslator,
      null,
      null,
      null,
      null
    );
  });

  async function allow(...patterns: string[]): Promise<void> {
    client.held.entity_permissions = Object.fromEntries(
      patterns.map(pattern => [pattern, ['environment:create']])
    );
    await store.load();
  }

  it.each([CommandIDs.create, CommandIDs.importFile])(
    'are refused with the reason by who asks nobody: %s',
    async id => {
      await allow();
      // JupyterLab's launcher runs what is disabled.
      const run = page.commands.execute(id, { path: 'environment.yml' });
      const dialog = await screen.findByRole('dialog', { hidden: true });
      expect(dialog).toHaveTextContent(REFUSAL);
      act(() => Dialog.flush());
      await run.catch(() => undefined);
      expect(page.documents).toEqual([]);
    }
  );

  it('begin in the namespace whose menu is open, where that may be', async () => {
    hit = document.createElement('div');
    hit.dataset.namespace = 'me';
    const args = { isRow: true };
    await allow('other/*', 'me/demo-*');
    client.items.push(
      environment({
        namespace: { ...environment().namespace, name: 'other' }
      })
    );
    await store.load();
    expect(page.commands.isEnabled(CommandIDs.create, args)).toBe(true);
    hit.dataset.namespace = 'third';
    expect(page.commands.isEnabled(CommandIDs.create, args)).toBe(false);
    expect(page.commands.caption(CommandIDs.create, args)).toBe(
      'Your role in namespace third does not allow this.'
    );
    expect(page.commands.isEnabled(CommandIDs.create)).toBe(true);
    hit.dataset.namespace = 'me';
    const draft = jest.spyOn(store, 'draft');
    await page.run(CommandIDs.create, args);
    expect(draft.mock.calls[0]?.[0].namespace).toBe('me');
  });
});

describe('the section of builds', () => {
  it('has the focus on its heading when its last build is gone', async () => {
    client.items = [
      environment({ latest_build: build({ id: 2, status: 'BUILDING' }) })
    ];
    client.queued = [
      {
        namespace: 'me',
        environment: 'analysis',
        author: null,
        position: null,
        build: build({ id: 2, status: 'BUILDING' })
      }
    ];
    await store.load();
    const panel = new SidePanel();
    await act(async () => {
      Widget.attach(panel, document.body);
      await fill(
        panel,
        {
          store,
          addCommands: async () => undefined,
          collapsed: Promise.resolve(new Set()),
          onCollapsed: () => undefined,
          settings: Promise.resolve(null)
        },
        { trans, commands: page.commands }
      );
      await settled();
    });
    act(() => screen.getByRole('button', { name: /build 2/ }).focus());
    client.items = [environment()];
    client.queued = [];
    await act(async () => {
      await store.resync();
      await settled();
    });
    expect(document.activeElement).toBe(
      (panel.content as AccordionPanel).titles[1]
    );
    act(() => panel.dispose());
  });
});
