import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { CleanupView } from '../detail/cleanupView';
import type { CleanupModel } from '../model/cleanup';
import { EnvStore } from '../model/store';
import { cleanup } from '../plugins/cleanup';
import { addCleanUpNow } from '../plugins/cleanUpNow';
import {
  cleanupReply,
  environment,
  FakeClient,
  FakeStream,
  namespace,
  settled
} from './fixtures';
import { Page, renderWithCommands, trans } from './render';

describe('clean-up', () => {
  let client: FakeClient;
  let store: EnvStore;
  let model: CleanupModel;
  let away: string | null;

  beforeEach(async () => {
    away = null;
    client = new FakeClient();
    client.items = [environment()];
    store = new EnvStore({ client, stream: new FakeStream() });
    await store.load();
    client.calls.length = 0;
  });

  afterEach(() => {
    model?.dispose();
    store.dispose();
    jest.useRealTimers();
  });

  async function show(): Promise<void> {
    model = await store.cleanup();
    await act(async () => {
      renderWithCommands(<CleanupView model={model} />, [], commands =>
        addCleanUpNow(
          commands,
          trans,
          () => model,
          () => away
        )
      );
      await settled();
    });
  }

  function button(): HTMLElement {
    return screen.getByRole('button', { name: 'Clean Up' });
  }

  function isDisabled(): boolean {
    return button().getAttribute('aria-disabled') === 'true';
  }

  /** Give the user the role of an administrator of one namespace, or none. */
  async function hold(entity: string, ...held: string[]): Promise<void> {
    client.held = { ...client.held, entity_permissions: { [entity]: held } };
    await store.load();
    client.calls.length = 0;
  }

  it('does nothing while the server is away, and says so', async () => {
    away = 'The server cannot be reached.';
    await show();
    expect(isDisabled()).toBe(true);
    expect(button()).toHaveAccessibleDescription(away);
  });

  it('shows what would go, why, and what comes back', async () => {
    await show();
    const table = screen.getByRole('table', { name: 'Builds that go' });
    const [first, second] = within(table).getAllByRole('row').slice(1);
    expect(first).toHaveTextContent('me/analysis');
    expect(first).toHaveTextContent('not the newest of its environment');
    expect(first).toHaveTextContent('Nov 20, 2026');
    expect(first).toHaveTextContent('20.0 MB');
    expect(second).toHaveTextContent('Failed');
    expect(screen.getByText(/^4 cached packages .* 30.0 MB$/)).toBeVisible();
    expect(screen.getByText('50.0 MB would come back.')).toBeVisible();
    expect(
      screen.getByText('The store occupies 12.0 GB; 30.0 GB are free.')
    ).toBeVisible();
    expect(screen.getByRole('region', { name: 'Protected' })).toHaveTextContent(
      'Build 3 of me/analysis: pinned'
    );
    expect(client.count('cleanUp')).toBe(0);
  });

  it('shows what environments and builds occupy, the largest first', async () => {
    const whole = { num_environments: 2, num_builds: 2, storage: 9, own: 9 };
    const usage = (
      name: string,
      size: number,
      own: number,
      last_used_on: string | null = null
    ) => ({
      name,
      size,
      own,
      builds: [
        { id: 6, size: 0, own: 0, last_used_on: null },
        { id: 7, size, own, last_used_on },
        {
          id: 8,
          size: 0,
          own: 0,
          last_used_on: last_used_on && '2025-12-24T10:00:00'
        }
      ]
    });
    client.used = {
      me: {
        ...whole,
        quota: 0,
        environments: [
          usage('small', 2e6, 1e6, '2026-11-20T08:45:10'),
          usage('large', 5e9, 2e9),
          usage('unbuilt', 0, 0)
        ]
      }
    };
    await show();
    // Before them is the table of what goes.
    const [, first, second] = screen.getAllByRole('group');
    expect(first).toHaveTextContent(
      'me/large 5.0 GB, of its own 2.0 GB; last used: not noted yet'
    );
    expect(second).toHaveTextContent(
      /^me\/small 2.0 MB, of its own 1.0 MB; last used: Nov 20, 2026/
    );
    expect(second).toHaveTextContent(
      /Build 7: 2.0 MB, of its own 1.0 MB; last used: Nov 20, 2026/
    );
    expect(second).toHaveTextContent(/Build 8: .* last used: Dec 24, 2025/);
    expect(second).toHaveTextContent(/Build 6: .* last used: not noted yet/);
    expect(screen.queryByText(/unbuilt/)).toBeNull();
  });

  it('leaves out what is unchecked, and takes it in again', async () => {
    await show();
    const [first] = screen.getAllByRole('checkbox');
    const name = first?.getAttribute('aria-label') ?? '';
    const id = Number(/\d+/.exec(name)?.[0]);
    const box = (): HTMLElement => screen.getByRole('checkbox', { name });
    expect(box()).toBeChecked();
    const going = client.going;
    client.going = {
      ...going,
      builds: going.builds.filter(build => build.id !== id)
    };
    await userEvent.click(box());
    expect(box()).not.toBeChecked();
    expect(isDisabled()).toBe(true);
    await waitFor(() => expect(isDisabled()).toBe(false));
    expect(client.calls).toContain(`preview {"spare":[${id}]}`);
    expect(box()).not.toBeChecked();
    client.going = going;
    await userEvent.click(box());
    await waitFor(() => expect(isDisabled()).toBe(false));
    expect(box()).toBeChecked();
    expect(screen.getAllByRole('checkbox')).toHaveLength(going.builds.length);
  });

  it('takes what was shown, and tells what came back', async () => {
    await show();
    await act(async () => {
      await userEvent.click(button());
      await settled();
    });
    expect(client.calls).toContain('cleanUp {}');
    expect(screen.getByText('Cleaned up: 50.0 MB came back.')).toBeVisible();
    expect(
      screen.getByRole('region', { name: 'What is gone' })
    ).toHaveTextContent('me/gpu');
    expect(isDisabled()).toBe(true);
    expect(client.count('environments')).toBe(1);
  });

  it('takes nothing that was not shown for the rules as they are', async () => {
    jest.useFakeTimers();
    await show();
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    await user.type(
      screen.getByLabelText('Newest builds to keep of each environment'),
      '2'
    );
    expect(isDisabled()).toBe(true);
    await model.confirm();
    expect(client.count('cleanUp')).toBe(0);
    await act(async () => {
      await jest.advanceTimersByTimeAsync(1000);
    });
    expect(client.calls).toContain('preview {"keep_builds":2}');
    expect(isDisabled()).toBe(false);
    await user.click(button());
    expect(client.calls).toContain('cleanUp {"keep_builds":2}');
  });

  it('forgets a preview that was overtaken by other rules', async () => {
    await show();
    await act(async () => {
      const asked = model.refresh();
      model.change({ keep_builds: 1 });
      await asked;
    });
    expect(model.preview).toBeNull();
  });

  it('goes by the rules of the server where a field is emptied again', async () => {
    jest.useFakeTimers();
    await show();
    const user = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    const field = screen.getByLabelText('Days to keep builds');
    await user.type(field, '7');
    await user.clear(field);
    await act(async () => {
      await jest.advanceTimersByTimeAsync(1000);
    });
    expect(client.calls.at(-1)).toBe('preview {"keep_days":null}');
  });

  it('has nothing to do where nothing goes', async () => {
    client.going = cleanupReply({
      builds: [],
      kept: [],
      cache: { entries: 0, bytes: 0, left_alone: null },
      bytes: 0
    });
    await show();
    expect(screen.getByText('By these rules, nothing goes.')).toBeVisible();
    expect(button()).toHaveAttribute('title', 'By these rules, nothing goes.');
    expect(isDisabled()).toBe(true);
  });

  it('says why it was refused', async () => {
    await show();
    client.failure = new EnvStoreError({
      kind: 'refused',
      status: 409,
      message: 'Another clean-up of this store is running.',
      hint: 'Wait until it has ended.'
    });
    await userEvent.click(button());
    const alert = screen.getByRole('alert');
    expect(alert).toHaveTextContent(
      'Another clean-up of this store is running.'
    );
    expect(alert).toHaveTextContent('Wait until it has ended.');
    expect(button()).toHaveAccessibleDescription(
      'Another clean-up of this store is running.'
    );
  });

  it('says that it does not know yet what would go', async () => {
    await show();
    act(() => model.change({ keep_builds: 1 }));
    expect(button()).toHaveAccessibleDescription('Finding out what would go');
  });

  it('cleans up a namespace for who may know nothing of the whole store', async () => {
    client.items = [
      environment(),
      environment({ namespace: namespace('team') })
    ];
    await hold('team/*', 'build::delete');
    const refusal = new EnvStoreError({ kind: 'refused', message: 'no' });
    client.storeUsage = () => Promise.reject(refusal);
    await show();
    expect(client.calls).toContain('preview {"namespace":"team"}');
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByText('50.0 MB would come back.')).toBeVisible();
    expect(
      screen.getAllByRole('option').map(option => option.textContent)
    ).toEqual(['team']);
  });

  it('says why usage cannot be shown, beside the preview', async () => {
    const usage = jest
      .spyOn(client, 'usage')
      .mockRejectedValue(
        new EnvStoreError({ kind: 'refused', message: 'It cannot be read.' })
      );
    await show();
    expect(isDisabled()).toBe(false);
    const section = screen.getByRole('region', { name: 'Usage' });
    expect(within(section).getByRole('alert')).toHaveTextContent(
      'It cannot be read.'
    );
    usage.mockRestore();
    await userEvent.click(within(section).getByRole('button'));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('is opened with the rules that the command is given', async () => {
    const page = new Page();
    await cleanup.activate(page.app, store, nullTranslator, null);
    await page.run(CommandIDs.cleanUp, { keep_builds: 1, other: 2 });
    const field = await screen.findByRole('spinbutton', {
      name: 'Newest builds to keep of each environment'
    });
    expect(field).toHaveValue(1);
    await waitFor(() =>
      expect(client.calls.at(-1)).toContain('"keep_builds":1')
    );
    page.close();
  });

  it('is opened by whoever may delete builds somewhere', async () => {
    const commands = new CommandRegistry();
    const app = { commands } as unknown as JupyterFrontEnd;
    await cleanup.activate(app, store, nullTranslator, null);
    expect(commands.isEnabled(CommandIDs.cleanUp)).toBe(true);
    await hold('me/*', 'environment::update');
    expect(commands.isEnabled(CommandIDs.cleanUp)).toBe(false);
    expect(commands.caption(CommandIDs.cleanUp)).toBe(
      'Your role does not allow this.'
    );
    await hold('me/*', 'build::delete');
    expect(commands.isEnabled(CommandIDs.cleanUp)).toBe(true);
  });
});
