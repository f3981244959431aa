import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import {
  BUILD,
  expectAccessible,
  forget,
  front,
  newEnvironment,
  openTab,
  row,
  run,
  specification,
  sidebar,
  small,
  START,
  submit,
  TABS,
  unmarked,
  views,
  WIDE
} from '../panel';

// What the journeys of the other tests pass by, in every theme.
test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

const NAME = 'screens';
const TARGET = { namespace: 'default', name: NAME };

test.beforeAll(async ({ request, baseURL }) => {
  await submit(request, baseURL, specification(NAME));
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, NAME);
});

test('a form, with packages to choose from, is accessible', async ({
  page
}) => {
  await newEnvironment(page);
  await expectAccessible(page, 'screens-1-form');
  const box = front(page).getByRole('combobox', { name: 'Add a package' });
  await box.pressSequentially('py');
  await expect(
    front(page)
      .getByRole('option', { name: /^python/ })
      .first()
  ).toBeVisible({ timeout: START });
  await expectAccessible(page, 'screens-2-options');
  await box.press('Escape');
  await views(page).getByRole('radio', { name: 'Split' }).press('Space');
  await expectAccessible(page, 'screens-3-split');
  await front(page).getByRole('button', { name: 'Paste…' }).click();
  await expectAccessible(page, 'screens-4-paste');
});

test('updates are looked for, and shown before they are built', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  await run(page, 'envstore:open', { ...TARGET, tab: 'packages' });
  const packages = await openTab(page, 'Packages');
  await packages.getByRole('button', { name: 'ipykernel' }).click();
  await page.setViewportSize(WIDE);
  await expectAccessible(page, 'screens-5-package');
  await packages.getByRole('button', { name: 'Look for Updates…' }).click();
  const preview = page.getByRole('dialog', {
    name: 'What the build would change'
  });
  await expect(preview).toContainText('would be those of the current build', {
    timeout: BUILD
  });
  await expectAccessible(page, 'screens-6-updates');
  await page.keyboard.press('Escape');
  await expect(preview).toBeHidden();
});

for (const [command, title] of [
  ['envstore:conda', 'Conda Configuration'],
  ['envstore:clean-up', 'Clean Up'],
  ['envstore:doctor', 'State of the Store']
] as const) {
  test(`${title} is accessible`, async ({ page }) => {
    await run(page, command);
    await expect(
      front(page).getByRole('heading', { name: title })
    ).toBeVisible();
    await expect(front(page).locator('[aria-busy=true]')).toHaveCount(0);
    await expectAccessible(page, `screens-7-${command.split(':')[1]}`);
  });
}

test('what has the focus shows it, and what is pressed is large enough', async ({
  page
}) => {
  const expectUsable = async (region: Locator, what: string): Promise<void> => {
    await expect(region.locator('[aria-busy=true]')).toHaveCount(0);
    expect.soft(await unmarked(page, region), what).toEqual([]);
    expect.soft(await small(region), what).toEqual([]);
  };
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  await row(page, NAME).hover();
  await expectUsable(sidebar(page), 'the sidebar');
  await run(page, 'envstore:open', TARGET);
  for (const tab of TABS) {
    await openTab(page, tab);
    await expectUsable(front(page), tab);
  }
  await newEnvironment(page);
  for (const view of ['Form', 'YAML']) {
    await views(page).getByRole('radio', { name: view }).press('Space');
    await expectUsable(front(page), view);
  }
  for (const command of ['conda', 'clean-up', 'doctor']) {
    await run(page, `envstore:${command}`);
    await expectUsable(front(page), command);
  }
});
