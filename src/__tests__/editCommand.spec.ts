import { Notification } from '@jupyterlab/apputils';
import { CommandIDs } from '../commandIds';
import type { EnvironmentDocument } from '../detail/documents';
import type { EnvironmentModel } from '../model/environment';
import { EnvStore } from '../model/store';
import { addEditCommand } from '../plugins/editCommand';
import { TargetFinder } from '../plugins/target';
import {
  build,
  environment,
  FakeClient,
  FakeStream,
  settled
} from './fixtures';
import { Page, trans } from './render';

const TARGET = { namespace: 'me', name: 'analysis' };

describe('the command that changes a specification', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: EnvironmentModel;
  let page: Page;

  async function begin(text: string): Promise<void> {
    const latest = build({ text });
    client = new FakeClient();
    client.items = [environment({ text, latest_build: latest })];
    client.stored = [latest];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    model = await store.open('me', 'analysis');
    await settled();
    page = new Page();
    addEditCommand({
      app: page.app,
      trans,
      store,
      targets: new TargetFinder(page.app, store),
      denial: () => null,
      open: async () => ({ model }) as EnvironmentDocument
    });
  }

  const warnings = (): string[] =>
    Notification.manager.notifications.map(({ message }) => message);

  afterEach(() => {
    Notification.dismiss();
    model.dispose();
    store.dispose();
  });

  it('writes what it is given, and says nothing of what is there already', async () => {
    await begin('dependencies:\n  - numpy\n');
    const fix = { dependency: 'numpy ==2.1', channel: 'bioconda' };
    await page.run(CommandIDs.edit, { ...TARGET, ...fix });
    expect(model.draft?.text).toContain('  - numpy ==2.1\n');
    expect(model.draft?.text).toContain('  - bioconda\n');
    await page.run(CommandIDs.edit, { ...TARGET, ...fix });
    await page.run(CommandIDs.edit, TARGET);
    expect(warnings()).toEqual([]);
  });

  it('pins what pip installs, and says nothing of what stays beside it', async () => {
    await begin('dependencies:\n  - flask\n  - pip:\n    - flask[async]>=2\n');
    await page.run(CommandIDs.edit, {
      ...TARGET,
      dependency: 'flask==3.0',
      manager: 'pip'
    });
    expect(model.draft?.text).toBe(
      'dependencies:\n  - flask\n  - pip:\n    - flask[async]==3.0\n'
    );
    expect(warnings()).toEqual([]);
  });

  it('leaves a lockfile as it is, and begins as an older build that was one', async () => {
    const lock = 'version: 6\nenvironments: {}\n';
    await begin(lock);
    await page.run(CommandIDs.edit, { ...TARGET, dependency: 'numpy' });
    expect(model.draft?.text).toBe(lock);
    expect(model.draft?.isDirty).toBe(false);
    expect(warnings()).toEqual([]);
    model.dispose();
    store.dispose();
    await begin('dependencies:\n  - numpy\n');
    client.stored.unshift(build({ id: 0, text: lock }));
    await page.run(CommandIDs.edit, { ...TARGET, buildId: 0 });
    expect(model.draft?.lockfile?.kind).toBe('pixi.lock');
    expect(model.draft?.isDirty).toBe(true);
    model.draft?.revert();
    expect(model.draft?.lockfile).toBeNull();
    expect(model.draft?.isDirty).toBe(false);
  });

  it.each([{ dependency: 'numpy' }, { channel: 'bioconda' }])(
    'says what it cannot write: %j',
    async fix => {
      const text = 'name: &all [a]\nchannels: *all\ndependencies: *all\n';
      await begin(text);
      await page.run(CommandIDs.edit, { ...TARGET, ...fix });
      expect(model.draft?.text).toBe(text);
      expect(warnings()).toEqual([
        'The way this is written, it can only be changed in the YAML.'
      ]);
    }
  );
});
