import { expect, galata, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import {
  BUILD,
  forget,
  front,
  newEnvironment,
  openTab,
  outside,
  picture,
  row,
  run,
  sidebar,
  specification,
  submit,
  TABS
} from '../panel';

const NAME = 'comfort';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS },
  // A screen of 1920 x 1080 at a zoom of 200 %.
  viewport: { width: 960, height: 540 },
  deviceScaleFactor: 2
});

test.beforeAll(async ({ request, baseURL }) => {
  await submit(request, baseURL, specification(NAME));
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, NAME);
});

test('everything is within reach at a zoom of 200 %', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  expect(await outside(sidebar(page))).toEqual([]);
  await row(page, NAME).press('Enter');
  await expect(front(page).getByRole('heading', { name: NAME })).toBeVisible();
  for (const tab of TABS) {
    await openTab(page, tab);
    await expect(front(page).getByRole('tab', { name: tab })).toBeInViewport();
    expect(await outside(front(page)), tab).toEqual([]);
    await picture(page, `comfort-1-zoom-${tab.toLowerCase()}`);
  }
  const name = await newEnvironment(page);
  await expect(name).toBeInViewport();
  expect(await outside(front(page)), 'new environment').toEqual([]);
  const build = front(page).getByRole('button', { name: 'Build', exact: true });
  await build.scrollIntoViewIfNeeded();
  await expect(build).toBeInViewport();
  await picture(page, 'comfort-2-zoom-new');
});

/** How many things of ours move. */
function moving(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      document
        .getAnimations()
        .map(({ effect }) => (effect as KeyframeEffect).target)
        .filter(target => target?.closest('[class*=jp-EnvStore]')).length
  );
}

for (const [motion, expected] of [
  ['no-preference', 'some'],
  ['reduce', 'none']
] as const) {
  test(`where motion is wished as "${motion}", ${expected} of ours moves`, async ({
    page
  }) => {
    await page.emulateMedia({ reducedMotion: motion });
    let answer = (): void => undefined;
    const asked = new Promise<void>(resolve => {
      answer = resolve;
    });
    await page.route(/envstore\/api\/v1\/environment\//, async route => {
      await asked;
      await route.continue();
    });
    await page.reload();
    await run(page, 'envstore:show-panel');
    const waiting = sidebar(page).locator('[aria-busy=true]');
    await expect(waiting).toBeVisible();
    if (motion === 'reduce') {
      expect(await moving(page)).toBe(0);
    } else {
      await expect.poll(() => moving(page)).toBeGreaterThan(0);
    }
    answer();
    await expect(row(page, NAME)).toContainText('Ready');
    expect(await moving(page)).toBe(0);
  });
}
