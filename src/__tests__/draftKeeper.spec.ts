import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { nullTranslator } from '@jupyterlab/translation';
import { act } from '@testing-library/react';
import { CommandIDs } from '../commandIds';
import type { DraftDocument, EnvironmentDocument } from '../detail/documents';
import { EnvStore } from '../model/store';
import { documents } from '../plugins/documents';
import { editorFactory } from './editorFactory';
import { environment, FakeClient, FakeStream } from './fixtures';
import { Page } from './render';

const TARGET = { namespace: 'me', name: 'analysis' };

describe('what is written when the page goes', () => {
  let store: EnvStore;
  let page: Page;

  /** A page of a server, which brings back its layout. */
  async function open(baseUrl = 'http://host/'): Promise<void> {
    const client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    page = new Page();
    const serviceManager = { serverSettings: { baseUrl } };
    void documents.activate(
      { ...page.app, serviceManager } as unknown as JupyterFrontEnd,
      store,
      { factoryService: editorFactory() } as unknown as IEditorServices,
      nullTranslator,
      { restore: () => Promise.resolve() },
      null,
      null,
      null
    );
  }

  /** The page is left before anything was saved. */
  function leave(): void {
    window.dispatchEvent(new Event('pagehide'));
    page.close();
    store.dispose();
  }

  const environmentDraft = (): EnvironmentDocument['model']['draft'] =>
    (page.documents[0] as EnvironmentDocument).model.draft;

  it('is there again, newer than what was saved with the layout', async () => {
    await open();
    const saved = { ...TARGET, draft: 'name: old', baseId: 1 };
    await page.run(CommandIDs.open, saved);
    act(() => environmentDraft()?.setText('name: new'));
    leave();
    await open('http://host/user/other/');
    await page.run(CommandIDs.open, saved);
    expect(environmentDraft()?.text).toBe('name: old');
    act(() => environmentDraft()?.revert());
    leave();
    await open();
    await page.run(CommandIDs.open, saved);
    expect(environmentDraft()?.text).toBe('name: new');
    act(() => environmentDraft()?.revert());
    leave();
    await open();
    await page.run(CommandIDs.open, TARGET);
    expect(environmentDraft()).toBeNull();
    leave();
  });

  it('is there again in a new environment, with its lockfile', async () => {
    await open();
    const saved = { id: 'one', text: 'name: old', namespace: 'me' };
    await page.run(CommandIDs.create, saved);
    const lockfile = { kind: 'explicit', name: 'mine', description: 'Arrays' };
    const draft = (): DraftDocument['model'] =>
      (page.documents[0] as DraftDocument).model;
    act(() => draft().setLockfile('@EXPLICIT\n', lockfile));
    leave();
    await open();
    await page.run(CommandIDs.create, saved);
    expect(draft().text).toBe('@EXPLICIT\n');
    expect(draft().lockfile).toEqual(lockfile);
    expect(draft().isDirty).toBe(true);
    act(() => draft().setText('name: last'));
    leave();
    sessionStorage.clear();
  });
});
