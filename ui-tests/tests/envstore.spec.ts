import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

const CHANNEL = process.env.ENVSTORE_TEST_CHANNEL ?? '';

/** The themes in which everything must be readable. */
const THEMES = [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
];

/** Milliseconds that a real build of a Python with ipykernel may take. */
const BUILD = 120_000;

function specification(name: string, ...packages: string[]): string {
  const lines = ['python', 'ipykernel', ...packages].map(item => `  - ${item}`);
  return `name: ${name}\nchannels:\n  - ${CHANNEL}\ndependencies:\n${lines.join('\n')}\n`;
}

/** Keep a picture of a step, for people. */
async function picture(
  page: IJupyterLabPageFixture,
  name: string
): Promise<void> {
  await page.screenshot({ path: `ui-tests/screenshots/${name}.png` });
}

/** What axe has to say against our nodes, in every theme. */
async function expectAccessible(
  page: IJupyterLabPageFixture,
  step: string
): Promise<void> {
  for (const theme of THEMES) {
    await page.theme.setTheme(theme);
    const found = await new AxeBuilder({ page })
      .include('.jp-EnvStore')
      .include('.jp-EnvStoreDetail')
      .analyze();
    const summary = found.violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ failureSummary, html }) => `${id}: ${html} ${failureSummary}`
      )
    );
    expect.soft(summary, `${step} in ${theme}`).toEqual([]);
    await picture(
      page,
      `${step}-${theme.split(' ').slice(1).join('-').toLowerCase()}`
    );
  }
  await page.theme.setTheme(THEMES[0] ?? '');
}

function sidebar(page: IJupyterLabPageFixture): Locator {
  return page.getByRole('region', { name: 'Environments' });
}

function row(page: IJupyterLabPageFixture, name: string): Locator {
  return sidebar(page).getByRole('row').filter({ hasText: name });
}

/** The document in front. */
function document(page: IJupyterLabPageFixture): Locator {
  return page.locator('.jp-EnvStoreDetail:not(.lm-mod-hidden)');
}

/** Replace the text of the editor in front, as a user would. */
async function write(
  page: IJupyterLabPageFixture,
  text: string
): Promise<void> {
  const editor = document(page).getByRole('textbox', { name: /Specification/ });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

async function openSidebar(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('envstore:show-panel')
  );
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

  await sidebar(page)
    .getByText('There are no environments yet.')
    .locator('..')
    .getByRole('button', { name: 'New Environment' })
    .click();
  await expect(
    document(page).getByRole('heading', { name: 'New environment' })
  ).toBeVisible();
  await write(page, 'name: my env\ndependencies:\n  - python\n  - numpy >=\n');
  await expect(document(page).getByText(/problems? found/)).toBeVisible();
  await expect(document(page).locator('.cm-lintRange-error')).not.toHaveCount(
    0
  );
  await expectAccessible(page, '2-problems');

  await write(page, specification('demo', 'numpy=1.26'));
  await expect(document(page).getByText('No problem found')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Enter');

  const phases = document(page).getByRole('list', { name: 'Phases' });
  await expect(phases.getByRole('listitem').first()).toContainText('Solving');
  await expect(
    document(page).getByRole('textbox', { name: /Log of build/ })
  ).not.toBeEmpty();
  await expect(phases.locator('[aria-current="step"]')).not.toHaveText('');
  await picture(page, '3-building');

  await expect(document(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
  await expect(phases.getByRole('listitem').last()).toContainText('Publishing');
  await expect(row(page, 'demo')).toContainText('Ready');
  await expectAccessible(page, '4-ready');

  await document(page).getByRole('button', { name: 'New Notebook' }).click();
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
  await document(page).getByRole('button', { name: 'Build' }).click();
  const card = document(page).getByRole('region', { name: /Build \d+ failed/ });
  await expect(card).toBeVisible({ timeout: BUILD });
  await expect(card).toContainText('nunpy');
  await expect(row(page, 'broken')).toContainText('Failed');
  await expectAccessible(page, '6-failure');

  await card.getByRole('button', { name: 'Edit and Retry' }).click();
  await expect(
    document(page).getByRole('heading', { name: 'New build of broken' })
  ).toBeVisible();
  await expect(document(page).getByText('- nunpy')).toBeVisible();
});

test('a second build becomes current, and the first one again', async ({
  page
}) => {
  await openSidebar(page);
  await row(page, 'demo').click();
  const builds = document(page).getByRole('region', { name: 'Builds' });
  await expect(builds.getByRole('row')).toHaveCount(2);
  await document(page)
    .getByRole('button', { name: 'Edit Specification' })
    .click();
  await expect(
    document(page).getByRole('heading', { name: 'New build of demo' })
  ).toBeVisible();
  await write(page, specification('demo', 'numpy=2.1'));
  await expect(document(page).getByText('No problem found')).toBeVisible();
  await document(page).getByRole('button', { name: 'Build' }).click();

  const [second, first] = [1, 2].map(index =>
    builds.getByRole('row').nth(index)
  );
  await expect(second as Locator).toContainText('current', { timeout: BUILD });
  await expect(first as Locator).not.toContainText('current');
  await (first as Locator)
    .getByRole('button', { name: 'Make Current' })
    .click();
  await expect(first as Locator).toContainText('current');
  await expect(second as Locator).not.toContainText('current');
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
