import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import {
  BUILD,
  front,
  openTab,
  picture,
  row,
  run,
  sidebar,
  specification
} from '../panel';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

const NAME = 'a-name-that-is-longer-than-the-sidebar-is-wide';

const TABS = [
  'Overview',
  'Specification',
  'Packages',
  'Builds',
  'Log',
  'Artifacts'
];

test.beforeAll(async ({ request, baseURL }) => {
  const reply = await request.post(
    `${baseURL}/envstore/api/v1/specification/`,
    {
      data: { namespace: 'default', specification: specification(NAME) }
    }
  );
  expect(reply.ok()).toBe(true);
});

test.afterAll(async ({ request, baseURL }) => {
  await request.delete(
    `${baseURL}/envstore/api/v1/environment/default/${NAME}/`
  );
});

/** What can be pressed in a region, and is not in its width. */
async function outside(region: Locator): Promise<string[]> {
  return region.evaluate(root => {
    const { left, right } = root.getBoundingClientRect();
    return [...root.querySelectorAll('button, input, select, a, [role=tab]')]
      .filter(node => {
        const box = node.getBoundingClientRect();
        const scrolled = node.closest(
          'pre, .cm-editor, table, [role=table], [role=tablist]'
        );
        return (
          box.width > 0 &&
          !scrolled &&
          (box.left < left - 1 || box.right > right + 1)
        );
      })
      .map(node => node.outerHTML.slice(0, 200));
  });
}

test('the sidebar is usable at 200 pixels', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  await page.sidebar.setWidth(200, 'left');
  const { width } = (await sidebar(page).boundingBox()) ?? { width: 0 };
  expect(width).toBeLessThanOrEqual(210);
  await row(page, NAME).hover();
  expect(await outside(sidebar(page))).toEqual([]);
  await picture(page, 'room-1-narrow');
  const rebuild = row(page, NAME).getByRole('button', {
    name: 'Open Environment'
  });
  await rebuild.click();
  await expect(front(page).getByRole('heading', { name: NAME })).toBeVisible();
});

test.describe('at 200 % of zoom', () => {
  // What zoom does to a page: half of the pixels, twice as large.
  test.use({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });

  test('documents are usable', async ({ page }) => {
    await run(page, 'envstore:open', { namespace: 'default', name: NAME });
    await expect(
      front(page).getByRole('heading', { name: NAME })
    ).toBeVisible();
    for (const tab of TABS) {
      const panel = await openTab(page, tab);
      await expect(panel).toBeVisible();
      expect(await outside(front(page)), tab).toEqual([]);
      await picture(page, `room-2-zoom-${tab.toLowerCase()}`);
    }
    await run(page, 'envstore:new-environment');
    await expect(
      front(page).getByRole('heading', { name: 'New environment' })
    ).toBeVisible();
    expect(await outside(front(page))).toEqual([]);
    await picture(page, 'room-3-zoom-new');
  });
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('nothing of ours moves by itself', async ({ page }) => {
    await run(page, 'envstore:show-panel');
    await row(page, NAME).click();
    await front(page).getByRole('button', { name: 'Rebuild' }).click();
    await openTab(page, 'Log');
    const moving = (): Promise<string[]> =>
      page.evaluate(() =>
        document
          .getAnimations()
          .filter(({ playState }) => playState === 'running')
          .map(({ effect }) => (effect as KeyframeEffect).target)
          .filter(node => node?.closest('[class*=jp-EnvStore]'))
          .map(node => node?.outerHTML.slice(0, 200) ?? '')
      );
    for (let look = 0; look < 10; look += 1) {
      expect(await moving()).toEqual([]);
      await page.waitForTimeout(200);
    }
  });
});
