import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import {
  BUILD,
  expectAccessible,
  front,
  picture,
  row,
  run,
  sidebar,
  specification,
  views,
  write
} from '../panel';

/** Open a page of Notebook, and wait until everything is there. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    window.jupyterapp?.commands.hasCommand('envstore:open')
  );
  await page.evaluate(() => window.jupyterapp.restored);
}

/** The menu, as a user would go through it. */
async function choose(page: Page, ...names: string[]): Promise<void> {
  // A menu closes when something that is still loading takes the focus.
  await expect(async () => {
    await page.keyboard.press('Escape');
    for (const [depth, name] of names.entries()) {
      await page
        .locator(depth === 0 ? '.lm-MenuBar-item' : '.lm-Menu-item')
        .filter({ hasText: new RegExp(`^${name}$`) })
        .click({ timeout: 2000 });
    }
  }).toPass();
}

/** The page that a click opens in a new tab of the browser. */
async function newTab(
  page: Page,
  click: () => Promise<unknown>
): Promise<Page> {
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    click()
  ]);
  await ready(opened);
  return opened;
}

test.describe.configure({ mode: 'serial' });

test('an environment from its specification to a notebook', async ({
  page
}) => {
  await visit(page, '/tree');
  await choose(page, 'View', 'Environments');
  await expect(
    sidebar(page).getByText('There are no environments yet.')
  ).toBeVisible();
  await choose(page, 'File', 'New', 'New Environment');
  await write(page, specification('demo'));
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(
    front(page).getByRole('textbox', { name: /Log of build/ })
  ).not.toBeEmpty();
  await picture(page, 'notebook-1-building');
  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
  await expect(row(page, 'demo')).toContainText('Ready');
  await expectAccessible(page, 'notebook-2-ready');

  // The page was open before the kernel was there, and was not reloaded.
  await page.getByRole('tab', { name: 'Files' }).click();
  await page
    .getByRole('main')
    .getByRole('menuitem', { name: 'New', exact: true })
    .click();
  await expect(
    page.getByRole('menuitem', { name: 'demo (default)' })
  ).toBeVisible();
  await page.keyboard.press('Escape');

  await row(page, 'demo').hover();
  const notebook = await newTab(page, () =>
    row(page, 'demo').getByRole('button', { name: 'New Notebook' }).click()
  );
  await expect(
    notebook.getByRole('button', { name: /demo \(default\)/ })
  ).toBeVisible();
  const cell = notebook.locator('.jp-Cell').first();
  await cell.getByRole('textbox').click();
  await notebook.keyboard.insertText('import sys; print(sys.prefix)');
  await notebook.keyboard.press('ControlOrMeta+Enter');
  const prefix = await page.evaluate(async () => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const reply = await fetch(`${baseUrl}envstore/api/v1/build/`);
    const { data } = (await reply.json()) as { data: { prefix: string }[] };
    return data[0]?.prefix ?? '';
  });
  await expect(cell.locator('.jp-OutputArea-output')).toHaveText(prefix);
  await picture(notebook, 'notebook-3-notebook');

  // The page of a notebook has room for nothing else.
  await choose(notebook, 'View', 'Environments');
  const tree = await newTab(notebook, () => row(notebook, 'demo').click());
  await expect(
    front(tree).getByRole('heading', { name: 'demo', exact: true })
  ).toBeVisible();
});

test('documents are tabs beside the files', async ({ page }) => {
  await visit(page, '/tree?envstore=open&namespace=default&name=demo');
  await choose(page, 'Settings', 'Conda Configuration');
  await expect(
    front(page).getByRole('heading', { name: 'Conda Configuration' })
  ).toBeVisible();
  await page.getByRole('tab', { name: 'default/demo' }).click();
  await expect(
    front(page).getByRole('heading', { name: 'demo', exact: true })
  ).toBeVisible();
  // Without arguments a command is about the document in front.
  await run(page, 'envstore:edit');
  await expect(views(page)).toBeVisible();
});

test('the browser asks before a changed specification is lost', async ({
  page
}) => {
  await visit(page, '/tree?envstore=new');
  await write(page, 'name: unfinished\n');
  const asked = page.waitForEvent('dialog');
  const left = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
  await left;
});
