import { act, screen } from '@testing-library/react';
import * as React from 'react';
import { EnvironmentView } from '../detail/environmentView';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { editorFactory } from './editorFactory';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  settled
} from './fixtures';
import { renderWithCommands } from './render';

describe('the document of an environment', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;

  beforeEach(async () => {
    client = new FakeClient();
    client.items = [environment({ kernels: [kernel()] })];
    client.stored = [build()];
    store = new EnvStore({ client, stream: new FakeStream() });
    model = await store.open('me', 'analysis');
  });

  afterEach(() => {
    model.dispose();
    store.dispose();
  });

  async function show(): Promise<void> {
    await act(async () => {
      renderWithCommands(
        <EnvironmentView model={model} factory={editorFactory()} />
      );
      await settled();
    });
  }

  it('says that it is gone only when the list was read', async () => {
    await show();
    expect(model.isLoading).toBe(false);
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByRole('status', { name: 'Loading' })).toBeInTheDocument();
    await act(() => store.load());
    expect(screen.getByRole('tab', { name: 'Overview' })).toBeInTheDocument();
    expect(screen.queryByRole('alert')).toBeNull();
    await act(() => store.deleteEnvironment('me', 'analysis'));
    expect(screen.getByRole('alert')).toHaveTextContent(
      'The environment analysis is not in namespace me any more.'
    );
    expect(screen.queryByRole('status', { name: 'Loading' })).toBeNull();
  });

  it('says in words which tab has what was not built', async () => {
    await store.load();
    await show();
    await act(async () => {
      model.startDraft({ text: 'one', isChanged: true, baseId: 1 });
      await settled();
    });
    expect(
      screen.getByRole('tab', { name: 'Specification changed, not built yet' })
    ).toHaveTextContent('Specification ●');
  });
});
