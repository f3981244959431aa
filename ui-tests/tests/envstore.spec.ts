import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import {
  action,
  BUILD,
  builds,
  expectAccessible,
  front,
  openTab,
  overfull,
  picture,
  row,
  run,
  sidebar,
  specification,
  views,
  START,
  write
} from '../panel';

async function openSidebar(page: IJupyterLabPageFixture): Promise<void> {
  await run(page, 'envstore:show-panel');
  await expect(sidebar(page)).toBeVisible();
}

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test('an environment from its specification to a notebook', async ({
  page
}) => {
  await openSidebar(page);
  await expect(
    sidebar(page).getByText('There are no environments yet.')
  ).toBeVisible();
  await expectAccessible(page, '1-empty');
  expect(await overfull(sidebar(page))).toEqual([]);

  await sidebar(page)
    .getByText('There are no environments yet.')
    .locator('..')
    .getByRole('button', { name: 'New Environment', exact: true })
    .click();
  await expect(
    front(page).getByRole('heading', { name: 'New environment' })
  ).toBeVisible();
  await write(page, 'name: my env\ndependencies:\n  - python\n  - numpy >=\n');
  await expect(front(page).getByText(/problems? found/)).toBeVisible();
  await expect(front(page).locator('.cm-lintRange-error')).not.toHaveCount(0);
  await expectAccessible(page, '2-problems');

  await write(page, specification('demo', 'numpy=1.26'));
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Enter');

  const phases = front(page).getByRole('list', { name: 'Phases' });
  await expect(phases.getByRole('listitem').first()).toContainText('Solving');
  await expect(
    front(page).getByRole('textbox', { name: /Log of build/ })
  ).not.toBeEmpty();
  await expect(phases.locator('[aria-current="step"]')).not.toHaveText('');
  await picture(page, '3-building');

  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
  await expect(phases.getByRole('listitem').last()).toContainText('Publishing');
  await expect(row(page, 'demo')).toContainText('Ready');
  await expectAccessible(page, '4-ready');

  await action(page, 'New Notebook').click();
  await expect.poll(() => page.notebook.isAnyActive()).toBe(true);
  await page.notebook.setCell(0, 'code', 'import sys; print(sys.prefix)');
  await page.notebook.runCell(0);
  const environments = await page.evaluate(async () => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const reply = await fetch(`${baseUrl}envstore/api/v1/build/`);
    return (await reply.json()) as { data: { prefix: string }[] };
  });
  const output = await page.notebook.getCellTextOutput(0);
  expect(output?.[0]?.trim()).toBe(environments.data[0]?.prefix);
  await picture(page, '5-notebook');
});

test('a failure says what is wrong, and can be mended', async ({ page }) => {
  await openSidebar(page);
  await sidebar(page)
    .getByRole('toolbar')
    .getByRole('button', { name: 'New Environment' })
    .click();
  await write(page, specification('broken', 'nunpy'));
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  const card = front(page).getByRole('region', { name: /Build \d+ failed/ });
  await expect(card).toBeVisible({ timeout: BUILD });
  await expect(card).toContainText('nunpy');
  await expect(row(page, 'broken')).toContainText('Failed');
  await expectAccessible(page, '6-failure');

  await card.getByRole('button', { name: 'Edit and Retry' }).click();
  await expect(views(page)).toBeVisible();
  await expect(
    front(page)
      .getByRole('tabpanel', { name: 'Specification' })
      .getByText('- nunpy')
  ).toBeVisible();
});

test('a second build becomes current, the first one again, and that is undone', async ({
  page
}) => {
  await openSidebar(page);
  await row(page, 'demo').click();
  await openTab(page, 'Builds');
  await expect(builds(page)).toHaveCount(1);
  await action(page, 'Edit Specification').click();
  await expect(views(page)).toBeVisible();
  await write(page, specification('demo', 'numpy=2.1'));
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  // What it would change is shown first, and Enter goes on.
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Build' })).toBeFocused({
    timeout: BUILD
  });
  await expect(dialog.getByText('~ 1 changed')).toBeVisible();
  await picture(page, '7-changes');
  await page.keyboard.press('Enter');
  await expect(
    front(page).getByRole('tabpanel', { name: 'Log' })
  ).toBeVisible();
  await openTab(page, 'Builds');

  const second = builds(page).nth(0);
  const first = builds(page).nth(1);
  await expect(second).toContainText('current', { timeout: BUILD });
  await expect(first).not.toContainText('current');
  await expect(second).toContainText('~ numpy 1.26');
  await page.getByRole('button', { name: 'Not Now' }).click();
  await first.getByRole('button', { name: 'Make Current' }).click();
  await expect(first).toContainText('current');
  await expect(second).not.toContainText('current');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(second).toContainText('current');
  await expect(first).not.toContainText('current');
  await expectAccessible(page, '7-builds');
});

test('a deletion is asked for, and done', async ({ page }) => {
  await openSidebar(page);
  await row(page, 'broken').focus();
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Delete environment broken?');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await picture(page, '8-delete');
  await dialog.getByRole('button', { name: 'Delete Environment' }).click();
  await expect(row(page, 'broken')).toHaveCount(0);
  await expect(row(page, 'demo')).toHaveCount(1);
});

test('conda is told of a namespace after its change was shown', async ({
  page
}) => {
  await page.menu.clickMenuItem('Settings>Conda Configuration');
  const namespaces = front(page).getByRole('region', { name: 'Namespaces' });
  await expect(namespaces).toContainText('not registered');
  await namespaces.getByRole('button', { name: 'Register default' }).click();
  const change = front(page).getByRole('region', { name: /Changes to/ });
  await expect(change.locator('ins').last()).toContainText('default/envs');
  await expectAccessible(page, '9-conda');

  // Somebody else is faster.
  await page.evaluate(async () => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const url = `${baseUrl}envstore/api/v1/conda-config/`;
    const { data } = (await (await fetch(url)).json()) as {
      data: { etag: string };
    };
    await fetch(url, {
      method: 'PUT',
      headers: { 'If-Match': data.etag },
      body: JSON.stringify({ register: ['default'] })
    });
  });
  await front(page).getByRole('button', { name: 'Write the Change' }).click();
  await expect(front(page)).toContainText('The file changed meanwhile');
  await expect(front(page)).toContainText('Nothing would change.');
  await expect(namespaces).toContainText('✓ registered');
  await front(page).getByRole('button', { name: 'Cancel' }).click();

  await namespaces.getByRole('button', { name: 'Unregister default' }).click();
  await expect(change.locator('del').last()).toContainText('default/envs');
  await front(page).getByRole('button', { name: 'Write the Change' }).click();
  await expect(front(page)).toContainText('is written.');
  await expect(namespaces).toContainText('not registered');
});

test('what was written is there after a reload, and asked about before it goes', async ({
  page
}) => {
  const others = ['Conda Configuration', 'Clean Up', 'State of the Store'];
  for (const id of ['conda', 'clean-up', 'doctor']) {
    await run(page, `envstore:${id}`);
  }
  await run(page, 'envstore:new-environment');
  await expect(front(page).getByText('No problem found')).toBeVisible();
  const saved = page.waitForRequest(
    request =>
      request.method() === 'PUT' &&
      request.url().includes('/api/workspaces/') &&
      (request.postData() ?? '').includes('unfinished')
  );
  await write(page, 'name: unfinished\n');
  await saved;
  // Galata's own reload waits for the launcher, which is not in front here.
  const loaded = page.waitForEvent('load');
  await page.evaluate(() => window.location.reload());
  await loaded;
  // In the form, which comes first on a new page.
  const name = front(page).getByRole('textbox', { name: 'Name', exact: true });
  await expect(name).toHaveValue('unfinished', { timeout: START });
  // None of them keeps the layout from being restored.
  await page.evaluate(() => window.jupyterapp.restored.then(() => undefined));
  for (const other of others) {
    await expect(page.getByRole('tab', { name: other })).toBeVisible();
  }

  const tab = page.getByRole('tab', { name: 'New environment' });
  await tab.locator('.lm-TabBar-tabCloseIcon').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Discard the specification?');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(name).toHaveValue('unfinished');
  await tab.locator('.lm-TabBar-tabCloseIcon').click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(tab).toHaveCount(0);
});
