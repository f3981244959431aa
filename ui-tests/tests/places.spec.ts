import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import {
  action,
  BUILD,
  expectAccessible,
  forget,
  front,
  picture,
  row,
  run,
  specification,
  submit,
  START,
  visit,
  write
} from '../panel';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, 'places', 'typo');
});

function chip(page: IJupyterLabPageFixture): Locator {
  return page
    .locator('.jp-NotebookPanel:not(.lm-mod-hidden)')
    .getByRole('button', { name: /^places b\d+/ });
}

function statusItem(page: IJupyterLabPageFixture): Locator {
  return page.locator('#jp-main-statusbar').getByRole('button', {
    name: /^(places|typo): /
  });
}

/** Begin a build with a file of the file browser, and stay in its document. */
async function buildFile(
  page: IJupyterLabPageFixture,
  folder: string,
  name: string,
  text: string
): Promise<void> {
  await page.contents.uploadContent(text, 'text', `${folder}/${name}`);
  await page.filebrowser.openDirectory(folder);
  await page
    .locator('.jp-DirListing-item', { hasText: name })
    .click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Build Environment…' }).click();
  await expect(
    front(page).getByRole('heading', { name: 'New environment' })
  ).toBeVisible();
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
}

test('a file becomes an environment, which is told where people are', async ({
  page,
  tmpPath
}) => {
  await buildFile(page, tmpPath, 'environment.yml', specification('places'));
  await expect(statusItem(page)).toBeVisible({ timeout: START });
  await page.sidebar.openTab('jp-running-sessions');
  const running = page.locator('#jp-running-sessions');
  await expect(running.getByText(/^places, build \d+$/)).toBeVisible();
  await picture(page, 'places-1-running');

  const notice = page.getByRole('alert').filter({ hasText: 'places is ready' });
  await expect(notice).toBeVisible({ timeout: BUILD });
  await expect(statusItem(page)).toBeHidden();
  await expect(running.getByText(/^places, build \d+$/)).toHaveCount(0);
  await notice.getByRole('button', { name: 'New Notebook' }).click();
  await expect(chip(page)).toBeVisible({ timeout: START });
  await expectAccessible(page, 'places-2-chip');
});

test('a notebook goes over to a new build, and back to an older one', async ({
  page
}) => {
  const { id: first } = await page.evaluate(async () => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const url = `${baseUrl}envstore/api/v1/build/?name=places`;
    const { data } = (await (await fetch(url)).json()) as {
      data: { id: number }[];
    };
    return data[0] ?? { id: 0 };
  });
  await run(page, 'envstore:show-panel');
  await row(page, 'places').click();
  await expect(
    front(page).getByRole('heading', { name: 'places' })
  ).toBeVisible();
  // The notebook of the test before has used it.
  await expect(front(page).getByText('Last used')).toBeVisible();
  await expect(front(page).getByText('not noted yet')).toHaveCount(0);
  await action(page, 'New Notebook').click();
  await expect(chip(page)).toHaveText(`places b${first}`, { timeout: START });

  await run(page, 'envstore:rebuild', { namespace: 'default', name: 'places' });
  await page.getByRole('tab', { name: /\.ipynb/ }).click();
  await expect(chip(page)).toHaveText(/restart to use b\d+/, {
    timeout: BUILD
  });
  await expectAccessible(page, 'places-3-outdated');
  await chip(page).click();
  await page
    .getByRole('menuitem', { name: 'Restart With the Current Build' })
    .click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('All variables will be lost.');
  await dialog.getByRole('button', { name: 'Restart' }).click();
  await expect(chip(page)).not.toContainText('restart', { timeout: START });
  await expect(chip(page)).not.toHaveText(`places b${first}`);

  await chip(page).click();
  await page
    .getByRole('menuitem', { name: 'Change Environment of Notebook…' })
    .click();
  const build = dialog.getByRole('combobox', { name: 'Build' });
  await build.selectOption(String(first));
  await expectAccessible(page, 'places-4-choice');
  await dialog.getByRole('button', { name: 'Use in Notebook' }).click();
  await expect(chip(page)).toHaveText(`places b${first}`, { timeout: START });
  await page.notebook.setCell(0, 'code', 'import sys; print(sys.prefix)');
  await page.notebook.runCell(0);
  const output = await page.notebook.getCellTextOutput(0);
  const prefix = await page.evaluate(async id => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const url = `${baseUrl}envstore/api/v1/build/${id}/`;
    const { data } = (await (await fetch(url)).json()) as {
      data: { prefix: string };
    };
    return data.prefix;
  }, first);
  expect(output?.[0]?.trim()).toBe(prefix);

  // What cannot be imported is offered where people are, if a channel has it.
  await page.notebook.setCell(0, 'code', 'import not_in_any_channel');
  await page.notebook.runCell(0);
  await page.notebook.setCell(0, 'code', 'import tqdm');
  await page.notebook.runCell(0);
  const offer = page
    .locator('.Toastify__toast')
    .filter({ hasText: 'places has no package' });
  await expect(offer).toHaveCount(1, { timeout: START });
  await expect(offer).toContainText('places has no package tqdm.');
  await offer.getByRole('button', { name: 'Add to Specification' }).click();
  await expect(
    front(page).getByRole('rowheader', { name: 'tqdm' })
  ).toBeVisible({ timeout: START });
  await picture(page, 'places-5-missing');
});

test('a failure stays in the status bar until somebody looks at it', async ({
  baseURL,
  page,
  request
}) => {
  await run(page, 'envstore:new-environment');
  await write(page, specification('typo', 'nunpy'));
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  const notice = page.getByRole('alert').filter({ hasText: /of typo failed/ });
  await expect(notice.getByRole('button', { name: 'Show Log' })).toBeVisible({
    timeout: BUILD
  });
  // Its log is in front: it was seen.
  await expect(statusItem(page)).toBeHidden();

  await run(page, 'launcher:create');
  await submit(request, baseURL, specification('typo', 'nunpy'));
  await expect(statusItem(page)).toHaveAccessibleName(/^typo: Failed/, {
    timeout: BUILD
  });
  await expectAccessible(page, 'places-5-failed');
  await statusItem(page).click();
  await expect(
    front(page).getByRole('tabpanel', { name: 'Log' })
  ).toBeVisible();
  await expect(statusItem(page)).toBeHidden();
});

test('a link opens an environment', async ({ page, baseURL }) => {
  await visit(page, `${baseURL}/lab?envstore=default/places&tab=builds`);
  await expect(
    front(page).getByRole('heading', { name: 'places' })
  ).toBeVisible({ timeout: START });
  await expect(
    front(page).getByRole('tab', { name: 'Builds' })
  ).toHaveAttribute('aria-selected', 'true');
  // Everything can be done, although the sidebar was never shown.
  for (const name of ['Duplicate…', /Description/]) {
    await expect(front(page).getByRole('button', { name })).toBeVisible();
  }
});
