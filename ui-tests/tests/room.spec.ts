import { expect, galata, test } from '@jupyterlab/galata';
import {
  BUILD,
  forget,
  front,
  outside,
  picture,
  row,
  run,
  sidebar,
  specification,
  submit
} from '../panel';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

const NAME = 'a-name-that-is-longer-than-the-sidebar-is-wide';

test.beforeAll(async ({ request, baseURL }) => {
  await submit(request, baseURL, specification(NAME));
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, NAME);
});

test('the sidebar is usable as narrow as JupyterLab lets it be', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  await page.sidebar.setWidth(200, 'left');
  const { width } = (await sidebar(page).boundingBox()) ?? { width: 0 };
  expect(width).toBeLessThanOrEqual(250);
  await row(page, NAME).hover();
  expect(await outside(sidebar(page))).toEqual([]);
  await picture(page, 'room-1-narrow');
  const rebuild = row(page, NAME).getByRole('button', {
    name: 'Open Environment'
  });
  await rebuild.click();
  await expect(front(page).getByRole('heading', { name: NAME })).toBeVisible();
});
