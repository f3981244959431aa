import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { UserInterfaceProvider } from '../components/context';
import { DoctorView } from '../doctor/doctorView';
import type { DoctorModel } from '../model/doctor';
import { EnvStore } from '../model/store';
import { doctor } from '../plugins/doctor';
import { FakeClient, FakeStream, finding, settled } from './fixtures';
import { renderWithCommands } from './render';

let client: FakeClient;
let store: EnvStore;
let model: DoctorModel;

beforeEach(async () => {
  client = new FakeClient();
  store = new EnvStore({ client, stream: new FakeStream() });
  await store.load();
});

afterEach(() => store.dispose());

describe('the doctor', () => {
  async function show(): Promise<void> {
    model = await store.doctor();
    await act(async () => {
      renderWithCommands(<DoctorView model={model} />);
      await settled();
    });
  }

  afterEach(() => model.dispose());

  it('says that nothing is wrong', async () => {
    await show();
    expect(screen.getByRole('status')).toHaveTextContent('Nothing is wrong.');
    expect(screen.queryByRole('button', { name: /Mend/ })).toBeNull();
  });

  it('says what is wrong, what it means, who is hit and what mends it', async () => {
    client.wrong = {
      findings: [finding(), finding({ code: 'other', mendable: false })],
      unexamined: ['The folder /cache cannot be read.']
    };
    await show();
    expect(screen.getByText('2 findings')).toBeInTheDocument();
    const [card] = screen.getAllByRole('article') as [HTMLElement];
    const { meaning, affects, command, paths } = finding();
    for (const text of [meaning, affects, command ?? '', ...paths]) {
      expect(card).toHaveTextContent(text);
    }
    expect(
      within(card).getByRole('button', { name: 'Copy the command' })
    ).toBeEnabled();
    expect(screen.getByRole('region', { name: 'Not examined' })).toBeVisible();
    expect(screen.getAllByRole('button', { name: /^Mend: / })).toHaveLength(1);
  });

  it('mends one finding, or all, and says which it has mended', async () => {
    const user = userEvent.setup();
    client.wrong.findings = [
      finding(),
      finding({ code: 'access-lists', message: 'Lists let others in.' })
    ];
    await show();
    await user.click(screen.getByRole('button', { name: /^Mend: Others/ }));
    expect(client.calls).toContain('mend writable-files');
    expect(screen.getByText('1 finding')).toBeInTheDocument();
    const [card] = screen.getAllByRole('article') as [HTMLElement];
    expect(card).toHaveTextContent('✓ Mended');
    expect(card).not.toHaveTextContent('chmod');
    await user.click(screen.getByRole('button', { name: 'Mend Everything' }));
    expect(client.calls).toContain('mend all');
    expect(screen.queryByRole('button', { name: /Mend/ })).toBeNull();
  });

  it('says why something could not be mended, or looked at', async () => {
    const user = userEvent.setup();
    client.wrong.findings = [finding({ failure: 'It belongs to root.' })];
    await show();
    expect(screen.getByRole('alert')).toHaveTextContent('It belongs to root.');
    client.failure = new EnvStoreError({
      kind: 'refused',
      status: 409,
      message: 'The store is being examined already.'
    });
    await user.click(screen.getByRole('button', { name: 'Examine Again' }));
    expect(
      screen.getByText(/The store is being examined already/)
    ).toBeInTheDocument();
    expect(screen.getAllByRole('article')).toHaveLength(1);
  });
});

it('lets only those mend who may change the store', async () => {
  client.wrong.findings = [finding()];
  client.held.entity_permissions['*/*']?.push('setting::read');
  await store.load();
  const commands = new CommandRegistry();
  const app = { commands } as unknown as JupyterFrontEnd;
  await doctor.activate(app, store, nullTranslator, null);
  model = await store.doctor();
  const trans = nullTranslator.load('jupyter_envstore');
  const element = (): JSX.Element => (
    <UserInterfaceProvider value={{ trans, commands }}>
      <DoctorView model={model} />
    </UserInterfaceProvider>
  );
  const { rerender } = render(element());
  await act(settled);
  const buttons = screen.getAllByRole('button', { name: /^Mend/ });
  expect(buttons).toHaveLength(2);
  for (const button of buttons) {
    expect(button).toHaveAccessibleDescription(/^Only administrators/);
    await userEvent.click(button);
  }
  expect(client.count('mend')).toBe(0);
  client.held.entity_permissions['*/*']?.push('setting::update');
  await store.load();
  rerender(element());
  await userEvent.click(buttons[0] as HTMLElement);
  expect(client.count('mend')).toBe(1);
  model.dispose();
});

it('is for administrators', async () => {
  const commands = new CommandRegistry();
  const app = { commands } as unknown as JupyterFrontEnd;
  await doctor.activate(app, store, nullTranslator, null);
  expect(commands.isEnabled(CommandIDs.doctor)).toBe(false);
  expect(commands.caption(CommandIDs.doctor)).toContain('Only administrators');
  client.held.entity_permissions['*/*']?.push('setting::read');
  await store.load();
  expect(commands.isEnabled(CommandIDs.doctor)).toBe(true);
});
