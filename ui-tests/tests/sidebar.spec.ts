import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator, Page, Request } from '@playwright/test';
import {
  expectAccessible,
  front,
  picture,
  row,
  run,
  sidebar,
  START,
  submit
} from '../panel';

const NAMES = ['side-a', 'side-b', 'side-c', 'side-d'];

/** Milliseconds within which the panel shows what it was not told. */
const CONVERGED = 5_000;

/** Milliseconds in which an idle panel asks for nothing. */
const IDLE = 60_000;

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
async function begin(page: Page, url: string, name: string): Promise<void> {
  const { port } = silent.address() as AddressInfo;
  const channel = `http://127.0.0.1:${port}/silent`;
  await submit(
    page.request,
    url,
    `name: ${name}\nchannels:\n  - ${channel}\ndependencies:\n  - python\n`
  );
}

function queue(page: Page): Locator {
  return sidebar(page)
    .getByRole('list', { name: 'Builds' })
    .getByRole('listitem');
}

function filter(page: Page): Locator {
  return sidebar(page).getByRole('searchbox', { name: 'Filter environments' });
}

test('the queue shows the builds of all, and cancels them', async ({
  page,
  baseURL
}) => {
  await run(page, 'envstore:show-panel');
  for (const name of NAMES) {
    await begin(page, baseURL ?? '', name);
    await expect(row(page, name)).toBeVisible();
  }
  await expect(queue(page)).toHaveCount(4);
  await expect(queue(page).nth(0)).toContainText('Solving');
  await expect(queue(page).nth(2)).toContainText('place 1');
  await expect(queue(page).nth(3)).toContainText('place 2');
  await expectAccessible(page, 'sidebar-1-queue');
  await queue(page)
    .nth(2)
    .getByRole('button', { name: 'Cancel Build' })
    .click();
  await expect(queue(page)).toHaveCount(3);
  await expect(queue(page).nth(2)).toContainText('side-d');
  await expect(queue(page).nth(2)).toContainText('place 1');
  await expect(row(page, 'side-c')).toContainText('Canceled');
});

test('environments are found by name, state and package, with the keyboard alone', async ({
  page,
  baseURL
}) => {
  await run(page, 'envstore:show-panel');
  const rows = sidebar(page).getByRole('treeitem');
  await expect(row(page, 'side-a')).toBeVisible();
  await row(page, 'side-a').focus();
  await page.keyboard.press('/');
  await expect(filter(page)).toBeFocused();
  await page.keyboard.type('side state:canceled');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText('side-c');
  await filter(page).fill('pkg:no-such-package');
  await expect(sidebar(page).getByText(/No environment matches/)).toBeVisible();
  await filter(page).fill('');
  await sidebar(page)
    .getByRole('button', { name: /\d building/ })
    .press('Enter');
  await expect(filter(page)).toHaveValue('state:building');
  await expect(row(page, 'side-a')).toBeVisible();
  await expect(row(page, 'side-c')).toHaveCount(0);
  await expectAccessible(page, 'sidebar-3-filtered');
  await filter(page).fill('');

  await filter(page).press('ArrowDown');
  await page.keyboard.press('End');
  await expect(rows.last()).toBeFocused();
  await page.keyboard.type('side-b');
  await expect(row(page, 'side-b')).toBeFocused();
  await page.keyboard.press('Shift+F10');
  const menu = page.locator('.lm-Menu');
  await expect(menu.getByRole('menuitem', { name: 'Copy Path' })).toBeVisible();
  await picture(page, 'sidebar-4-menu');
  await page.keyboard.press('Escape');
  await expect(row(page, 'side-b')).toBeFocused();
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Description of side-b');
  await dialog.getByRole('textbox').fill('Never ends');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect
    .poll(async () => {
      const path = `${baseURL}/envstore/api/v1/environment/default/side-b/`;
      const reply = await page.request.get(path);
      return ((await reply.json()) as { data: { description: string } }).data
        .description;
    })
    .toBe('Never ends');
  await row(page, 'side-b').press('Enter');
  await expect(
    front(page).getByRole('heading', { name: 'side-b' })
  ).toBeVisible();
});

test('what was read stays while the server is away', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, 'side-a')).toBeVisible();
  await page.route('**/envstore/**', route => route.abort());
  await run(page, 'envstore:refresh');
  await expect(
    sidebar(page).getByText(/Last updated .* reconnecting/)
  ).toBeVisible();
  await expect(row(page, 'side-a')).toBeVisible();
  await row(page, 'side-a').hover();
  const remove = row(page, 'side-a').getByRole('button', {
    name: 'Delete Environment'
  });
  await expect(remove).toHaveAttribute('aria-disabled', 'true');
  await expect(remove).toHaveAttribute(
    'aria-description',
    'The server cannot be reached.'
  );
  await expectAccessible(page, 'sidebar-5-offline');
  await page.unroute('**/envstore/**');
  await expect(sidebar(page).getByText(/reconnecting/)).toHaveCount(0, {
    timeout: 30_000
  });
});

test.describe('without all of the code', () => {
  test.use({ autoGoto: false });

  test('what cannot be loaded is told of, and loaded when one tries again', async ({
    page
  }) => {
    const code = /\/static\/(panel|documents)\.[^/]*\.js/;
    const dialog = page.getByRole('dialog');
    await page.route(code, route => route.abort());
    await page.goto();
    await run(page, 'envstore:show-panel');
    await expect(dialog).toContainText('The environments cannot be shown');
    await expect(dialog).toContainText('Reload the page');
    await dialog.getByRole('button').click();
    const opening = run(page, 'envstore:clean-up');
    await expect(dialog).toContainText('The clean-up cannot be opened');
    await dialog.getByRole('button').click();
    await opening;
    await page.unroute(code);

    await page.sidebar.close('left');
    await run(page, 'envstore:show-panel');
    await row(page, 'side-a').click();
    await expect(
      front(page).getByRole('heading', { name: 'side-a' })
    ).toBeVisible();
  });
});

test.describe('without events', () => {
  test.use({ autoGoto: false });

  test('the panel shows what others do within five seconds', async ({
    page,
    baseURL
  }) => {
    // It opens, and nothing ever comes through.
    await page.routeWebSocket(/api\/events\/subscribe/, () => undefined);
    await page.goto();
    await run(page, 'envstore:show-panel');
    await expect(row(page, 'side-a')).toBeVisible();
    await begin(page, baseURL ?? '', 'side-e');
    await expect(row(page, 'side-e')).toBeVisible({ timeout: CONVERGED });
    await expect(queue(page).filter({ hasText: 'side-e' })).toBeVisible({
      timeout: CONVERGED
    });
    for (const name of ['side-a', 'side-b', 'side-c', 'side-d', 'side-e']) {
      const path = `${baseURL}/envstore/api/v1/environment/default/${name}/`;
      expect((await page.request.delete(path)).ok()).toBe(true);
    }
    await expect(
      sidebar(page)
        .getByText(/no environments yet|side-/)
        .first()
    ).toBeVisible();
    await expect(row(page, 'side-')).toHaveCount(0, { timeout: CONVERGED });
  });
});

test.describe('from the start', () => {
  test.use({ autoGoto: false });

  test('an idle panel asks for nothing', async ({ page }) => {
    const asked: string[] = [];
    let last = Date.now();
    const onRequest = (request: Request): void => {
      if (request.url().includes('/envstore/')) {
        asked.push(request.url());
        last = Date.now();
      }
    };
    page.on('request', onRequest);
    await page.goto();
    await run(page, 'envstore:show-panel');
    await expect
      .poll(() => asked.some(url => url.includes('queue/')), { timeout: START })
      .toBe(true);
    // Documents that are open are no reason to ask, either.
    await run(page, 'envstore:conda');
    await run(page, 'envstore:new-environment');
    // It asks on every 2.5 seconds until it has heard an event.
    await expect
      .poll(() => Date.now() - last, { timeout: START })
      .toBeGreaterThan(5_000);
    asked.length = 0;
    await page.waitForTimeout(IDLE);
    expect(asked).toEqual([]);
  });
});
