import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import {
  action,
  expectAccessible,
  front,
  openTab,
  row,
  run,
  sidebar
} from '../panel';

/** Milliseconds after which nobody may see a build run that was canceled. */
const CANCELED = 2_000;

const NAMES = ['stuck-a', 'stuck-b', 'stuck-c', 'stuck-d'];

/** A channel that takes every request and answers none. */
const silent = createServer(() => undefined);

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.beforeAll(async () => {
  await new Promise<void>(resolve => {
    silent.listen(0, '127.0.0.1', resolve);
  });
});

test.afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

/** Ask for a build that would wait for its channel for minutes. */
async function begin(page: Page, name: string): Promise<void> {
  const { port } = silent.address() as AddressInfo;
  await run(page, 'envstore:new-environment', {
    text: `name: ${name}\nchannels:\n  - http://127.0.0.1:${port}/silent\ndependencies:\n  - python\n`
  });
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  await expect(row(page, name)).toContainText(/Queued|Solving/);
  // Its document takes the place of the draft when the server has answered, which may be later.
  await expect(front(page).getByRole('heading', { name })).toBeVisible();
}

/** Seen at once, and done in time. */
async function expectCanceled(page: Page, name: string): Promise<void> {
  const asked = Date.now();
  await expect(row(page, name)).toContainText(/Cancel(ing|ed)/, {
    timeout: 1_000
  });
  await expect(row(page, name)).toContainText('Canceled', {
    timeout: CANCELED - (Date.now() - asked)
  });
}

test('a build is canceled from the list, the document and the keyboard', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  for (const name of NAMES) {
    await begin(page, name);
  }
  for (const name of ['stuck-a', 'stuck-b']) {
    await expect(row(page, name)).toContainText('Solving');
  }
  // Two run at a time: the others wait.
  await expect(row(page, 'stuck-d')).toContainText('Queued');
  for (const name of ['2 building', '2 queued']) {
    await expect(sidebar(page).getByRole('button', { name })).toBeVisible();
  }
  await expectAccessible(page, 'cancel-1-queue');

  // One that waits, from the list.
  await row(page, 'stuck-d').hover();
  await row(page, 'stuck-d')
    .getByRole('button', { name: 'Cancel Build' })
    .click();
  await expectCanceled(page, 'stuck-d');

  // One that runs, from the list.
  await row(page, 'stuck-a').hover();
  await row(page, 'stuck-a')
    .getByRole('button', { name: 'Cancel Build' })
    .click();
  await expectCanceled(page, 'stuck-a');

  // Its place is taken by the one that waited; that one from its document.
  await expect(row(page, 'stuck-c')).toContainText('Solving');
  await row(page, 'stuck-c').click();
  await action(page, 'Cancel Build').click();
  await expectCanceled(page, 'stuck-c');
  await expect(front(page).getByText('Canceled').first()).toBeVisible();

  // The last one with the keyboard alone.
  await row(page, 'stuck-b').focus();
  await page.keyboard.press('ArrowRight');
  await expect(
    row(page, 'stuck-b').getByRole('button', { name: 'Cancel Build' })
  ).toBeFocused();
  await page.keyboard.press('Enter');
  await expectCanceled(page, 'stuck-b');
  await expectAccessible(page, 'cancel-2-canceled');
});

test('what was canceled can be deleted', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  for (const name of NAMES) {
    await row(page, name).click();
    const builds = await openTab(page, 'Builds');
    await builds.getByRole('button', { name: 'Delete Build' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Delete Build' })
      .click();
    await expect(row(page, name)).toHaveCount(0);
  }
});
