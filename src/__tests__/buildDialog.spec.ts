import type { ISessionContext } from '@jupyterlab/apputils';
import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ITarget } from '../commandIds';
import { EnvStore } from '../model/store';
import { askForBuild } from '../places/buildDialog';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';

describe('the dialog that asks for a build', () => {
  let client: FakeClient;
  let store: EnvStore;
  let asked: Promise<ITarget | null>;

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment()];
    client.stored = [build(), build({ id: 2 })];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    await ask();
  });

  async function ask(): Promise<void> {
    await act(async () => {
      asked = askForBuild({
        store,
        trans: nullTranslator.load(''),
        sessionContext: {} as ISessionContext
      });
      await settled();
    });
    await waitFor(() => expect(choice()).toHaveFocus());
  }

  afterEach(() => {
    Dialog.flush();
    store.dispose();
  });

  function choice(name = 'Environment'): HTMLElement {
    return screen.getByRole('combobox', { name, hidden: true });
  }

  it('has a name, goes round with Tab and is answered with Enter', async () => {
    expect(document.querySelector('.jp-Dialog')).toHaveAttribute(
      'aria-label',
      'Change the environment of the notebook'
    );
    await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
    const accept = screen.getByRole('button', {
      name: 'Use in Notebook',
      hidden: true
    });
    expect(accept).toHaveFocus();
    await userEvent.keyboard('{Tab}');
    expect(choice()).toHaveFocus();
    await act(async () => {
      await userEvent.keyboard('{Enter}');
      await settled();
    });
    expect(await asked).toEqual({ namespace: 'me', name: 'analysis' });
  });

  it('says to everybody why only the current build can be chosen', async () => {
    await waitFor(() => expect(choice('Build').children).toHaveLength(2));
    expect(choice('Build')).not.toHaveAttribute('aria-disabled');
    expect(choice('Build')).not.toHaveAttribute('title');
    await userEvent.keyboard('{Escape}');
    client.held = { ...client.held, entity_permissions: {} };
    await store.load();
    await ask();
    const builds = choice('Build');
    builds.focus();
    expect(builds).toHaveFocus();
    expect(builds).toHaveAttribute('aria-disabled', 'true');
    for (const name of ['title', 'aria-description']) {
      expect(builds).toHaveAttribute(
        name,
        'Your role in namespace me does not allow this.'
      );
    }
    await settled();
    expect(builds.children).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
  });

  it('is given up with Escape', async () => {
    await userEvent.keyboard('{Escape}');
    expect(await asked).toBeNull();
  });
});
