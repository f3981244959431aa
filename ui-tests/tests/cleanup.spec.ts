import { expect, galata, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import {
  action,
  BUILD,
  builds,
  expectAccessible,
  front,
  openTab,
  picture,
  row,
  run,
  sidebar,
  specification,
  write
} from '../panel';

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

/** Build an environment once more, and wait until that build is the current one. */
async function rebuild(page: Page, count: number): Promise<void> {
  await action(page, 'Rebuild').click();
  await expect(builds(page)).toHaveCount(count);
  await expect(builds(page).nth(0)).toContainText('current', {
    timeout: BUILD
  });
}

test('old builds go, the pinned and the current one stay', async ({ page }) => {
  // Three real builds, one after the other.
  test.slow();
  await run(page, 'envstore:show-panel');
  await run(page, 'envstore:new-environment');
  await write(page, specification('crowded'));
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  await openTab(page, 'Builds');
  await expect(builds(page).nth(0)).toContainText('current', {
    timeout: BUILD
  });
  await rebuild(page, 2);
  await rebuild(page, 3);

  // The oldest one is pinned: it cannot be deleted until the pin is taken off.
  const oldest = builds(page).nth(2);
  await oldest.getByRole('button', { name: 'Pin Build', exact: true }).click();
  await expect(oldest).toContainText('pinned');
  const remove = oldest.getByRole('button', { name: 'Delete Build' });
  await expect(remove).toBeDisabled();
  await expect(remove).toHaveAttribute('title', /It is pinned/);
  await expectAccessible(page, 'cleanup-1-pinned');

  await sidebar(page)
    .getByRole('toolbar')
    .getByRole('button', { name: /could go/ })
    .click();
  const view = front(page);
  await expect(
    view.getByRole('heading', { name: 'Clean Up', level: 2 })
  ).toBeVisible();
  const go = view.getByRole('button', { name: 'Clean Up' });
  // The server is set to keep all builds.
  await expect(
    view.getByText(/nothing goes\.|would come back\./)
  ).toBeVisible();
  const going = view.getByRole('table', { name: 'Builds that go' });
  await expect(going).toHaveCount(0);

  await view
    .getByLabel('Newest builds to keep of each environment')
    .pressSequentially('1');
  await expect(going.getByRole('row')).toHaveCount(2);
  await expect(going).toContainText('default/crowded');
  await expect(going).toContainText('not the newest of its environment');
  await expect(view.getByRole('region', { name: 'Protected' })).toContainText(
    'pinned'
  );
  await expect(view.getByText(/would come back/)).toBeVisible();
  const usage = view.getByRole('region', { name: 'Usage' });
  await expect(usage.getByText('default/crowded')).toBeVisible();
  await usage.getByText('default/crowded').click();
  await expect(usage.getByText(/^Build \d+: .* of its own/)).toHaveCount(3);
  await expectAccessible(page, 'cleanup-2-preview');

  // What is unchecked stays, and is measured anew.
  const goes = going.getByRole('checkbox');
  await goes.uncheck();
  await expect(go).toBeDisabled();
  await expect(
    view.getByText(/nothing goes\.|would come back\./)
  ).toBeVisible();
  await expect(goes).not.toBeChecked();
  await goes.check();
  await expect(go).toBeEnabled();

  await go.click();
  await expect(view.getByText(/^Cleaned up: .* came back\.$/)).toBeVisible({
    timeout: BUILD
  });
  await expect(go).toBeDisabled();
  await picture(page, 'cleanup-3-done');

  await row(page, 'crowded').click();
  await openTab(page, 'Builds');
  await expect(builds(page)).toHaveCount(2);
  await expect(builds(page).nth(0)).toContainText('current');
  await expect(builds(page).nth(1)).toContainText('pinned');
  await builds(page)
    .nth(1)
    .getByRole('button', { name: 'Unpin Build' })
    .click();
  await expect(builds(page).nth(1)).not.toContainText('pinned');

  await action(page, 'Delete Environment').click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Delete Environment' })
    .click();
  await expect(row(page, 'crowded')).toHaveCount(0);
});
