import { nullTranslator } from '@jupyterlab/translation';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EnvStoreError } from '../api/errors';
import { CommandIDs } from '../commandIds';
import { EnvStore } from '../model/store';
import { doctor } from '../plugins/doctor';
import { FakeClient, FakeStream, finding } from './fixtures';
import { Page } from './render';

let client: FakeClient;
let store: EnvStore;
let page: Page;

/** The user may do this with the whole store, and the browser knows. */
async function hold(...permissions: string[]): Promise<void> {
  client.held = { ...client.held, entity_permissions: { '*/*': permissions } };
  await store.load();
}

async function show(): Promise<void> {
  await page.run(CommandIDs.doctor);
  await screen.findByRole('heading', { name: 'State of the Store' });
}

beforeEach(async () => {
  client = new FakeClient();
  store = new EnvStore({ client, stream: new FakeStream() });
  page = new Page();
  await doctor.activate(page.app, store, nullTranslator, null);
  await hold('setting::read', 'setting::update');
});

afterEach(() => {
  page.close();
  store.dispose();
});

describe('the doctor', () => {
  it('says that nothing is wrong', async () => {
    await show();
    expect(await screen.findByText('Nothing is wrong.')).toBeVisible();
    expect(screen.queryByRole('button', { name: /Mend/ })).toBeNull();
  });

  it('says what is wrong, what it means, who is hit and what mends it', async () => {
    client.wrong = {
      findings: [finding(), finding({ code: 'other', mendable: false })],
      unexamined: ['The folder /cache cannot be read.']
    };
    await show();
    expect(await screen.findByText('2 findings')).toBeInTheDocument();
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
    const one = await screen.findByRole('button', { name: /^Mend: Others/ });
    expect(one).toHaveTextContent(/^Mend$/);
    await user.click(one);
    expect(await screen.findByText('1 finding')).toBeInTheDocument();
    expect(client.calls).toContain('mend writable-files');
    const [card] = screen.getAllByRole('article') as [HTMLElement];
    expect(card).toHaveTextContent('✓ Mended');
    expect(card).not.toHaveTextContent('chmod');
    await user.click(screen.getByRole('button', { name: 'Mend Everything' }));
    expect(client.calls).toContain('mend all');
    expect(screen.queryByRole('button', { name: /Mend/ })).toBeNull();
  });

  it('mends nothing while it looks, and one thing at a time', async () => {
    client.wrong.findings = [finding()];
    await show();
    const one = await screen.findByRole('button', { name: /^Mend: / });
    let answer = (): void => undefined;
    client.diagnosis = () =>
      new Promise(resolve => (answer = () => resolve(client.wrong)));
    await userEvent.click(
      screen.getByRole('button', { name: 'Examine Again' })
    );
    expect(one).toHaveAttribute('aria-disabled', 'true');
    await userEvent.click(one);
    expect(client.count('mend')).toBe(0);
    answer();
    await screen.findByText('1 finding');
    expect(one).not.toHaveAttribute('aria-disabled');
  });

  it('says why something could not be mended, or looked at', async () => {
    const user = userEvent.setup();
    client.wrong.findings = [finding({ failure: 'It belongs to root.' })];
    await show();
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'It belongs to root.'
    );
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

  it('is shown, and mends, where nobody has opened it yet', async () => {
    client.wrong.findings = [finding()];
    const examine = client.diagnosis.bind(client);
    client.diagnosis = async () => {
      // It takes its time.
      await new Promise(resolve => setTimeout(resolve, 50));
      return examine();
    };
    await page.run(CommandIDs.mend);
    expect(
      await screen.findByRole('heading', { name: 'State of the Store' })
    ).toBeInTheDocument();
    expect(client.calls).toContain('mend all');
    expect(await screen.findByText('✓ Mended')).toBeInTheDocument();
  });

  it('is examined again by a command, and opened for that', async () => {
    await page.run(CommandIDs.examine);
    const count = client.count('diagnosis');
    expect(count).toBeGreaterThan(0);
    await page.run(CommandIDs.examine);
    expect(client.count('diagnosis')).toBe(count + 1);
    expect(page.documents).toHaveLength(1);
  });

  it('is there once, however often it is asked for', async () => {
    await Promise.all([show(), show()]);
    await show();
    expect(page.documents).toHaveLength(1);
  });
});

describe('who may not change the store', () => {
  beforeEach(() => hold('setting::read'));

  it('sees what is wrong, and is told who can mend it', async () => {
    client.wrong.findings = [finding()];
    await show();
    await screen.findByRole('article');
    const buttons = screen.getAllByRole('button', { name: /^Mend/ });
    expect(buttons).toHaveLength(2);
    for (const button of buttons) {
      expect(button).toHaveAccessibleDescription(/^Only administrators/);
      await userEvent.click(button);
    }
    expect(client.count('mend')).toBe(0);
  });

  it('does not see the doctor without leave to read', async () => {
    await hold();
    const { commands } = page;
    expect(commands.isEnabled(CommandIDs.doctor)).toBe(false);
    expect(commands.caption(CommandIDs.doctor)).toMatch(/^Only administrators/);
    // As a layout and a link do, which ask nobody.
    await page.run(CommandIDs.doctor);
    await page.run(CommandIDs.mend);
    expect(page.documents).toEqual([]);
    expect(client.count('diagnosis')).toBe(0);
    expect(client.count('mend')).toBe(0);
  });
});

it.each([
  [{}, 'Mend Everything'],
  [{ code: 'writable-files' }, 'Mend'],
  [{ isPalette: true }, 'Mend the Store']
])('calls the command with %j %s', (args, label) => {
  expect(page.commands.label(CommandIDs.mend, args)).toBe(label);
});
