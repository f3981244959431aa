import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import {
  BUILD,
  expectAccessible,
  forget,
  front,
  newEnvironment,
  picture,
  row,
  run,
  specification
} from '../panel';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, 'origin', 'origin-copy');
});

async function text(page: Page): Promise<Locator> {
  await front(page).getByRole('radio', { name: 'YAML' }).check();
  return front(page).getByRole('textbox', { name: /Specification/ });
}

/** The field of the name of the document in front. */
function name(page: Page): Locator {
  return front(page).getByRole('textbox', { name: 'Name', exact: true });
}

test('a template, then a file, then what was written before', async ({
  page
}) => {
  await newEnvironment(page);
  await front(page).getByRole('button', { name: 'Data science' }).click();
  await expect(name(page)).toHaveValue('data-science');
  await expect(await text(page)).toContainText('scikit-learn');
  await expectAccessible(page, 'origins-1-template');

  await front(page)
    .locator('input[type=file]')
    .setInputFiles({
      name: 'requirements.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('flask>=3\n# for the talk\nhttpx[http2]\n')
    });
  await expect(
    front(page).getByText('Started from requirements.txt')
  ).toBeVisible();
  await expect(await text(page)).toContainText('flask>=3');
  await expect(await text(page)).not.toContainText('scikit-learn');
  await expectAccessible(page, 'origins-2-file');
});

test('what is pasted says where it is wrong, or is built', async ({ page }) => {
  await newEnvironment(page);
  await front(page).getByRole('button', { name: 'Paste…' }).click();
  const box = front(page).getByRole('textbox', { name: /^An environment.yml/ });
  await expect(box).toBeFocused();
  await box.fill(specification('origin').replace('  - ipykernel\n', ''));
  await front(page).getByRole('button', { name: 'Use it' }).click();
  await expect(name(page)).toHaveValue('origin');
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
});

test('a copy begins as the other is, under a name of its own', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  await row(page, 'origin').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Duplicate…' }).click();
  await expect(name(page)).toHaveValue('origin-copy');
  await expect(await text(page)).toContainText('- python');
  await expect(front(page).getByText('No problem found')).toBeVisible();
  await picture(page, 'origins-3-copy');
  await front(page).getByRole('button', { name: 'Build', exact: true }).click();
  await expect(front(page).getByText(/Build \d+ is current/)).toBeVisible({
    timeout: BUILD
  });
  await expect(row(page, 'origin-copy')).toBeVisible();
});

test('another environment, and its exact lock, can be begun with', async ({
  page
}) => {
  await newEnvironment(page);
  await front(page).getByRole('button', { name: 'Environment…' }).click();
  await front(page)
    .getByRole('combobox', { name: 'Begin with the specification of' })
    .selectOption('default/origin');
  await front(page).getByRole('button', { name: 'Use it' }).click();
  await expect(name(page)).toHaveValue('origin');
  await expect(
    front(page).getByText(/There is an environment origin/)
  ).toBeVisible();

  const lock = await page.evaluate(async () => {
    const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
    const api = `${baseUrl}envstore/api/v1/`;
    const reply = await fetch(`${api}environment/default/origin/`);
    const { data } = (await reply.json()) as {
      data: { current_build_id: number };
    };
    const path = `${api}build/${data.current_build_id}/explicit.txt/`;
    return (await fetch(path)).text();
  });
  expect(lock).toContain('@EXPLICIT');
  await name(page).fill('origin-copy');
  await front(page)
    .locator('input[type=file]')
    .setInputFiles({
      name: 'explicit.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from(lock)
    });
  await expect(
    front(page).getByText('Started from explicit.txt')
  ).toBeVisible();
  await expect(name(page)).toHaveValue('origin-copy');
  await expect(
    front(page).getByRole('button', { name: 'Check', exact: true })
  ).toHaveAttribute('aria-disabled', 'true');
  await expectAccessible(page, 'origins-4-lockfile');
});
