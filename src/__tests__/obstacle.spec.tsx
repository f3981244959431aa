import { act, screen } from '@testing-library/react';
import * as React from 'react';
import { EnvStore } from '../model/store';
import { ObstacleBanner } from '../panel/obstacleBanner';
import { FakeClient, FakeStream } from './fixtures';
import { renderWithCommands } from './render';

const OBSTACLE = 'The Dask scheduler does not answer.';

describe('builds that cannot begin', () => {
  it('say why, until they can', async () => {
    const client = new FakeClient();
    const store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    renderWithCommands(<ObstacleBanner store={store} />);
    expect(screen.queryByRole('status')).toBeNull();

    client.obstacle = OBSTACLE;
    await act(() => store.resync());
    expect(screen.getByRole('status')).toHaveTextContent(OBSTACLE);

    client.obstacle = null;
    await act(() => store.resync());
    expect(screen.queryByRole('status')).toBeNull();
    store.dispose();
  });
});
