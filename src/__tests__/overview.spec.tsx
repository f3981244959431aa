import { Clipboard } from '@jupyterlab/apputils';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IBuild, IDeed } from '../api/types';
import { ArtifactsTab } from '../detail/artifactsTab';
import type { EnvironmentDocument } from '../detail/documents';
import { OverviewTab } from '../detail/overviewTab';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { addDetailCommands } from '../plugins/detailCommands';
import { editorFactory } from './editorFactory';
import {
  artifact,
  build,
  environment,
  FakeClient,
  FakeStream,
  kernel,
  namespace,
  settled
} from './fixtures';
import { Page, renderWithCommands, trans } from './render';

function deed(changes: Partial<IDeed>): IDeed {
  return {
    id: 1,
    at: '2026-11-20T08:45:10',
    deed: 'asked',
    actor: 'ann',
    build_id: 1,
    build_status: 'COMPLETED',
    detail: null,
    ...changes
  };
}

describe('tabs of an environment', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;
  let copied: string[];

  async function show(
    Tab: typeof OverviewTab | typeof ArtifactsTab,
    of: IBuild = build()
  ): Promise<void> {
    client.stored = [of];
    await store.load();
    model = await store.open('me', 'analysis');
    await act(async () => {
      renderWithCommands(
        <Tab model={model} factory={editorFactory()} />,
        [],
        commands =>
          addDetailCommands(
            new Page(commands).app,
            store,
            trans,
            async () => ({ model }) as EnvironmentDocument
          )
      );
      await settled();
    });
  }

  beforeEach(() => {
    copied = [];
    jest
      .spyOn(Clipboard, 'copyToSystem')
      .mockImplementation(text => void copied.push(String(text)));
    client = new FakeClient();
    client.items = [environment({ kernels: [kernel()] })];
    store = new EnvStore({ client, stream: new FakeStream() });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    model.dispose();
    store.dispose();
  });

  describe('the overview', () => {
    it('says how to activate it, and copies that', async () => {
      client.items = [environment({ prefix: "/ann's store/me/envs/analysis" })];
      await show(OverviewTab);
      await userEvent.click(
        screen.getByRole('button', {
          name: 'Copy the command that activates it'
        })
      );
      expect(copied).toEqual([
        "conda activate '/ann'\\''s store/me/envs/analysis'"
      ]);
    });

    it('lists the kernels, or says why there is none', async () => {
      await show(OverviewTab);
      expect(screen.getByRole('region', { name: 'Kernels' })).toHaveTextContent(
        'analysis (me) python build 1'
      );
      await act(async () => {
        client.items = [environment({ kernels: [] })];
        await store.resync();
      });
      expect(screen.getByText(/it is ipykernel/)).toBeInTheDocument();
    });

    it('measures what all builds occupy when it is asked to', async () => {
      await show(OverviewTab);
      expect(client.count('usageOf')).toBe(0);
      await userEvent.click(screen.getByRole('button', { name: 'Measure' }));
      expect(
        await screen.findByText(/occupy 3.0 GB. 1.0 GB come back/)
      ).toBeInTheDocument();
    });

    it('tells who did what', async () => {
      client.deeds = [
        deed({ id: 3, deed: 'pinned', detail: 'kernel' }),
        deed({ id: 2, deed: 'published', actor: null }),
        deed({ id: 1 })
      ];
      await show(OverviewTab);
      const items = within(
        screen.getByRole('region', { name: 'History' })
      ).getAllByRole('listitem');
      expect(items.map(({ lastChild }) => lastChild?.textContent)).toEqual([
        'ann pinned the kernel of build 1',
        'Build 1 was ready and became current',
        'ann asked for build 1'
      ]);
    });

    it('knows nothing of what others have done to what they share', async () => {
      const shared = { ...namespace(), read_only: true, reason: 'Shared.' };
      client.items = [environment({ namespace: shared })];
      await show(OverviewTab);
      expect(screen.getByText(/Nothing is known/)).toBeInTheDocument();
      expect(client.count('history')).toBe(0);
    });

    it('asks for the history again when something was done', async () => {
      await show(OverviewTab);
      const asked = client.count('history');
      client.stored = [build({ pinned: true })];
      client.deeds = [deed({ deed: 'pinned' })];
      await act(() => model.refresh());
      expect(await screen.findByText('ann pinned build 1')).toBeInTheDocument();
      expect(client.count('history')).toBeGreaterThan(asked);
    });
  });

  describe('the artifacts', () => {
    const files = [
      artifact({}),
      artifact({
        id: 2,
        artifact_type: 'LOCKFILE',
        format: 'pixi.lock',
        address: 'build/1/pixi.lock/',
        state: 'on request',
        size: null,
        sha256: null
      }),
      artifact({
        id: 3,
        artifact_type: 'LOGS',
        format: null,
        address: 'build/1/logs/'
      })
    ];

    it('are listed with size, checksum and state', async () => {
      client.files = files;
      await show(ArtifactsTab);
      const rows = screen.getAllByRole('row').slice(1);
      expect(rows).toHaveLength(3);
      expect(rows[0]).toHaveTextContent('environment.ymlAs it was written');
      expect(rows[1]).toHaveTextContent('pixi.lockFor piximade when');
      expect(rows[2]).toHaveTextContent('archive.tar.gz');
      expect(rows[2]).toHaveTextContent('120 MBf00d');
      const link = within(rows[2] as HTMLElement).getByRole('link');
      expect(link).toHaveAttribute(
        'href',
        '/envstore/api/v1/build/1/archive.tar.gz'
      );
      expect(link).toHaveAttribute('download', 'me-analysis-1-archive.tar.gz');
    });

    it('are copied, and opened to be read', async () => {
      client.files = files;
      await show(ArtifactsTab);
      await userEvent.click(
        screen.getByRole('button', { name: /^Copy pixi.lock/ })
      );
      expect(copied).toEqual(['text of build/1/pixi.lock/']);
      const copy = screen.getByRole('button', { name: /^Copy pixi.lock/ });
      expect(copy).toHaveTextContent('Copied');
      const said = within(copy.parentElement as HTMLElement);
      expect(said.getByRole('status')).toHaveTextContent('Copied');
      await userEvent.click(
        screen.getByRole('button', { name: /^Open pixi.lock/ })
      );
      expect(
        await screen.findByRole('textbox', { name: 'pixi.lock' })
      ).toHaveTextContent('text of build/1/pixi.lock/');
      client.failure = new EnvStoreError({ kind: 'refused', message: 'gone' });
      await userEvent.click(
        screen.getByRole('button', { name: /^Copy pixi.lock/ })
      );
      expect(screen.getByRole('alert')).toHaveTextContent('gone');
    });

    it('are asked for again while one is being made', async () => {
      jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
      client.files = [artifact({ state: 'being made', sha256: null })];
      await show(ArtifactsTab);
      expect(screen.getByRole('progressbar')).toBeInTheDocument();
      client.files = [artifact({})];
      await act(() => jest.advanceTimersByTimeAsync(2000));
      expect(screen.queryByRole('progressbar')).toBeNull();
      const asked = client.count('artifacts');
      await act(() => jest.advanceTimersByTimeAsync(60_000));
      expect(client.count('artifacts')).toBe(asked);
      jest.useRealTimers();
    });

    it('of a build that failed are what was written', async () => {
      await show(ArtifactsTab, build({ status: 'FAILED' }));
      expect(screen.getAllByRole('row')).toHaveLength(2);
      expect(screen.getByText(/has no other files/)).toBeInTheDocument();
    });
  });
});
