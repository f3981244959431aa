import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import {
  BUILD,
  builds,
  expectAccessible,
  forget,
  front,
  newEnvironment,
  openTab,
  picture,
  run,
  specification,
  submit,
  views,
  write,
  WIDE
} from '../panel';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, 'study', 'typo');
});

/** A specification without a kernel, which is built sooner. */
function small(name: string, ...packages: string[]): string {
  return specification(name, ...packages).replace('  - ipykernel\n', '');
}

/** Build what is written; what would change is shown first if the environment has a build. */
async function build(page: Page, isChange = false): Promise<void> {
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  if (isChange) {
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Build' })
      .click();
  }
  await expect(
    front(page).getByRole('tabpanel', { name: 'Log' })
  ).toBeVisible();
}

async function open(page: IJupyterLabPageFixture, name: string): Promise<void> {
  await run(page, 'envstore:open', { namespace: 'default', name });
  await expect(
    front(page).getByRole('heading', { name, level: 2 })
  ).toBeVisible();
}

test('a solve is looked at before it is built', async ({ page }) => {
  await newEnvironment(page);
  await write(page, small('study', 'tqdm=4.66.1'));
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Check', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/^\+ \d+ added$/)).toBeVisible({
    timeout: BUILD
  });
  await expect(dialog.getByRole('rowheader', { name: 'tqdm' })).toBeVisible();
  await picture(page, 'details-1-solve');
  await dialog.getByRole('button', { name: 'Build' }).click();
  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
});

test('a log is searched, copied and kept as a file', async ({ page }) => {
  await open(page, 'study');
  const panel = await openTab(page, 'Log');
  await expect(panel.getByText('The log is complete')).toBeVisible();
  await expect(panel.getByRole('list', { name: 'Phases' })).toContainText(
    /Linking done \d/
  );
  const text = panel.getByRole('textbox', { name: /^Log of build/ });
  await text.focus();
  await page.keyboard.press('ControlOrMeta+f');
  const search = panel.getByRole('searchbox', { name: 'Search the log' });
  await expect(search).toBeFocused();
  await search.fill('TQDM');
  await expect(panel.getByText(/^1 of \d+$/).first()).toBeVisible();
  await expect(text.locator('.jp-EnvStoreLog-match').first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(panel.getByText(/^2 of \d+$/).first()).toBeVisible();
  await expectAccessible(page, 'details-2-log');
  await panel.getByRole('button', { name: 'Wrap' }).click();
  await expect(text).not.toHaveClass(/cm-lineWrapping/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('button', { name: 'Download' }).click()
  ]);
  expect(download.suggestedFilename()).toMatch(/^default-study-\d+\.log$/);
  expect(readFileSync(await download.path(), 'utf8')).toContain(
    'Build finished'
  );
});

test('an environment is described by what it is and where', async ({
  page
}) => {
  await open(page, 'study');
  const panel = await openTab(page, 'Overview');
  await expect(panel.getByText(/^conda activate .*study$/)).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Kernels' })).toContainText(
    'ipykernel'
  );
  await panel.getByRole('button', { name: 'Measure' }).click();
  await expect(panel.getByText(/All builds together occupy/)).toBeVisible();
  await expect(
    panel.getByRole('region', { name: 'History' }).getByRole('listitem')
  ).toHaveCount(2);
  await expectAccessible(page, 'details-3-overview');
});

test('two builds are compared, noted on, and one of them is deleted', async ({
  page
}) => {
  await open(page, 'study');
  await openTab(page, 'Specification');
  await expect(views(page)).toBeVisible();
  await write(page, small('study', 'tqdm=4.70.1', 'click'));
  await build(page, true);
  const panel = await openTab(page, 'Builds');
  const second = builds(page).nth(0);
  await expect(second).toContainText('current', { timeout: BUILD });
  await expect(second).toContainText('~ tqdm 4.66.1 → 4.70.1');
  await expect(second).toContainText('+ click');

  await second.getByRole('button', { name: 'Differences' }).click();
  const region = panel.getByRole('region', {
    name: 'Differences',
    exact: true
  });
  await expect(region).toBeFocused();
  await expect(
    region.getByRole('row').filter({ hasText: 'tqdm' })
  ).toContainText('upgraded');
  await region.getByRole('searchbox').fill('click');
  await expect(region.getByRole('rowheader')).toHaveCount(1);
  await region.getByRole('searchbox').fill('');
  await page.setViewportSize(WIDE);
  await expectAccessible(page, 'details-4-packages');
  await region.getByRole('tab', { name: 'Specification' }).click();
  await expect(region.locator('pre ins')).toContainText([
    /tqdm=4.70.1/,
    /click/
  ]);
  await expectAccessible(page, 'details-5-specifications');
  await region.getByRole('button', { name: 'Close' }).click();

  await second.getByRole('button', { name: 'Note…' }).click();
  await second.getByRole('textbox', { name: 'Note' }).fill('For the talk');
  await second.getByRole('textbox', { name: /^Tags/ }).fill('talk');
  await expectAccessible(page, 'details-6-note');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second).toContainText('For the talk');

  const first = builds(page).nth(1);
  const told = page.getByRole('alert');
  await first.getByRole('button', { name: 'Verify' }).click();
  await expect(told.getByText(/is as it was built: \d+ files/)).toBeVisible({
    timeout: BUILD
  });
  await first.getByRole('button', { name: 'Shelve' }).click();
  await expect(first).toContainText('Shelved');
  await expectAccessible(page, 'details-6-shelved');
  await first.getByRole('button', { name: 'Restore' }).click();
  const back = told.filter({ hasText: 'is back, as it was' });
  await expect(back).toBeVisible({ timeout: BUILD });
  await expect(first).toContainText('Ready');
  await back.getByRole('button', { name: 'Make Current' }).click();
  await expect(first).toContainText('current');
  await second.getByRole('button', { name: 'Make Current' }).click();
  await expect(second).toContainText('current');

  await first.getByRole('button', { name: 'Delete Build' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/removed from the disk; its log is kept/);
  await expect(dialog).toContainText(/come back/);
  await dialog.getByRole('button', { name: 'Delete Build' }).click();
  await expect(builds(page)).toHaveCount(1);
});

test('the files of a build are opened, and made when they are asked for', async ({
  page
}) => {
  await open(page, 'study');
  const panel = await openTab(page, 'Artifacts');
  await expect(panel.getByRole('row')).not.toHaveCount(0);
  await panel.getByRole('button', { name: /^Open explicit.txt/ }).click();
  await expect(
    panel.getByRole('textbox', { name: 'explicit.txt' })
  ).toContainText('@EXPLICIT');
  await expectAccessible(page, 'details-7-artifacts');

  const archive = panel.getByRole('row').filter({ hasText: 'archive.tar.zst' });
  await expect(archive).toContainText('made when it is asked for');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    archive.getByRole('link', { name: /^Download/ }).click()
  ]);
  expect(await download.failure()).toBeNull();
  expect(readFileSync(await download.path()).subarray(0, 4)).toEqual(
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
  );
  await expect(archive.getByText('there', { exact: true })).toBeVisible({
    timeout: BUILD
  });
  await expect(archive.locator('code')).toHaveText(/^[0-9a-f]{64}$/);
});

test('a build that another has asked for meanwhile is told of', async ({
  page,
  request,
  baseURL
}) => {
  await open(page, 'study');
  await openTab(page, 'Specification');
  await expect(views(page)).toBeVisible();
  await write(page, small('study', 'tqdm=4.70.1', 'six'));
  await submit(request, baseURL, small('study', 'tqdm=4.66.1'));
  await expect(
    front(page).getByRole('alert').filter({ hasText: 'asked for meanwhile' })
  ).toBeVisible();
  const banner = front(page).locator('.jp-EnvStoreSpec-conflict');
  await banner.getByRole('button', { name: 'Show the differences' }).click();
  await expect(banner.locator('ins').filter({ hasText: 'six' })).toBeVisible();
  await expectAccessible(page, 'details-9-conflict');
  await banner.getByRole('button', { name: 'Take theirs' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Discard' })
    .click();
  await expect(banner).toHaveCount(0);
  const editor = front(page).getByRole('textbox', { name: /Specification/ });
  await expect(editor).toContainText('tqdm=4.66.1');
  await expect(editor).not.toContainText('six');
});

test('a failure is mended by a button', async ({ page }) => {
  await newEnvironment(page);
  await write(page, small('typo', 'tqmd'));
  await build(page);
  const card = front(page).getByRole('region', { name: /Build \d+ failed/ });
  await expect(card).toBeVisible({ timeout: BUILD });
  const log = front(page).getByRole('tabpanel', { name: 'Log' });
  await log.getByRole('button', { name: 'Jump to the Error' }).click();
  await expect
    .poll(() => page.evaluate(() => String(window.getSelection())))
    .toMatch(/^BUILD FAILED: .*tqmd/);
  await openTab(page, 'Overview');
  await expect(
    card.getByText('The last lines of the log').first()
  ).toBeVisible();
  await expectAccessible(page, 'details-8-failure');

  await card.getByRole('button', { name: 'Edit and Retry' }).click();
  await expect(views(page)).toBeVisible();
  await front(page).getByRole('radio', { name: 'YAML' }).check();
  await expect(front(page).locator('.cm-lintRange-error')).toHaveText('tqmd');
  await picture(page, 'details-9-line');

  await openTab(page, 'Overview');
  await card.getByRole('button', { name: 'Use tqdm' }).click();
  await expect(views(page)).toBeVisible();
  await expect(
    front(page).getByRole('textbox', { name: /^Specification of/ })
  ).toContainText('- tqdm');
  await build(page);
  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
});
