import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import {
  BUILD,
  forget,
  front,
  newEnvironment,
  openTab,
  outside,
  overfull,
  picture,
  row,
  run,
  sideways,
  sidebar,
  specification,
  submit,
  TABS
} from '../panel';

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

const NAME = 'a-name-that-is-longer-than-the-sidebar-is-wide';
const BROKEN = 'broken-in-a-narrow-window';

test.beforeAll(async ({ request, baseURL }) => {
  await submit(request, baseURL, specification(NAME));
  await submit(request, baseURL, specification(BROKEN, 'nunpy'));
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, NAME);
  await forget(request, baseURL, BROKEN);
});

test('the sidebar is usable in 200 pixels', async ({ page }) => {
  // JupyterLab's own style keeps it at 250; a theme may let it be narrower.
  await page.addStyleTag({
    content: '.jp-SidePanel, #jp-left-stack { min-width: 0 !important; }'
  });
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  await page.sidebar.setWidth(200, 'left');
  const { width } = (await sidebar(page).boundingBox()) ?? { width: 0 };
  expect(width).toBeLessThanOrEqual(205);
  await row(page, NAME).hover();
  expect(await outside(sidebar(page))).toEqual([]);
  expect(await overfull(sidebar(page))).toEqual([]);
  await picture(page, 'room-1-narrow');
  const rebuild = row(page, NAME).getByRole('button', {
    name: 'Open Environment'
  });
  await rebuild.click();
  await expect(front(page).getByRole('heading', { name: NAME })).toBeVisible();
});

/** A main area of 200 pixels. */
async function narrow(page: IJupyterLabPageFixture): Promise<void> {
  await page.sidebar.close('left');
  await page.setViewportSize({ width: 270, height: 900 });
  await expect
    .poll(async () => (await front(page).boundingBox())?.width)
    .toBeLessThanOrEqual(205);
}

async function expectRoom(
  page: IJupyterLabPageFixture,
  what: string
): Promise<void> {
  await picture(page, `room-2-${what.toLowerCase().replace(/ /g, '-')}`);
  expect.soft(await outside(front(page)), what).toEqual([]);
  expect.soft(await overfull(front(page)), what).toEqual([]);
  expect.soft(await sideways(front(page)), what).toEqual([]);
}

test('an environment has room in 200 pixels', async ({ page }) => {
  const target = { namespace: 'default', name: NAME };
  await run(page, 'envstore:open', target);
  await expect(front(page).getByText(/^Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
  await narrow(page);
  for (const tab of TABS) {
    const panel = await openTab(page, tab);
    await expect(panel.locator('[aria-busy=true]')).toHaveCount(0);
    await expect(front(page).getByRole('tab', { name: tab })).toBeInViewport();
    await expectRoom(page, tab);
  }
  // The head has scrolled away, and what one works with is there.
  await openTab(page, 'Specification');
  const build = front(page).getByRole('button', { name: 'Build', exact: true });
  await build.hover();
  await expect(build).toBeInViewport({ ratio: 1 });
  await front(page).getByLabel('Add a channel').focus();
  await expect(build).toBeInViewport({ ratio: 1 });
  await expect(
    front(page).getByRole('tab', { name: 'Specification' })
  ).toBeInViewport({ ratio: 1 });
});

test('a failure has room in 200 pixels', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, BROKEN)).toContainText('Failed', { timeout: BUILD });
  await run(page, 'envstore:open', { namespace: 'default', name: BROKEN });
  await narrow(page);
  await expect(front(page).getByText('nunpy').first()).toBeVisible();
  await expectRoom(page, 'failure');
});

test('what is written has room in 200 pixels', async ({ page }) => {
  await newEnvironment(page);
  await narrow(page);
  for (const view of ['YAML', 'Split', 'Form']) {
    await front(page).getByRole('radio', { name: view }).check({ force: true });
    await expectRoom(page, `new ${view}`);
  }
});

for (const [command, title] of [
  ['envstore:conda', 'Conda Configuration'],
  ['envstore:clean-up', 'Clean Up'],
  ['envstore:doctor', 'State of the Store']
] as const) {
  test(`${title} has room in 200 pixels`, async ({ page }) => {
    await run(page, command);
    await narrow(page);
    await expect(
      front(page).getByRole('heading', { name: title })
    ).toBeVisible();
    await expect(front(page).locator('[aria-busy=true]')).toHaveCount(0);
    await expectRoom(page, title);
  });
}

test.describe('on a touch screen', () => {
  test.use({ hasTouch: true, isMobile: true });

  test('the actions of every row are there without pointing at it', async ({
    page
  }) => {
    await run(page, 'envstore:show-panel');
    for (const name of [NAME, BROKEN]) {
      await expect(
        row(page, name).getByRole('button', { name: 'Delete Environment' })
      ).toBeVisible();
    }
    expect(await outside(sidebar(page))).toEqual([]);
    await picture(page, 'room-3-touch');
  });
});
