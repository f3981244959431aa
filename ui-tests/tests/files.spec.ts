import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import {
  BUILD,
  expectAccessible,
  forget,
  front,
  picture,
  row,
  run,
  specification,
  START,
  submit
} from '../panel';

const NAME = 'drift';

test.describe.configure({ mode: 'serial' });

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.beforeAll(async ({ request, baseURL }) => {
  await submit(request, baseURL, specification(NAME));
});

test.afterAll(async ({ request, baseURL }) => {
  await forget(request, baseURL, NAME);
});

/** JupyterLab's editor of files, as far as it is in front. */
function editor(page: IJupyterLabPageFixture): Locator {
  return page.locator(
    '.jp-MainAreaWidget:not(.lm-mod-hidden):has(> .jp-FileEditor)'
  );
}

function chip(page: IJupyterLabPageFixture): Locator {
  return editor(page).locator('.jp-EnvStoreChip').getByRole('button');
}

/** Write a file, and open it in JupyterLab's editor of files. */
async function open(
  page: IJupyterLabPageFixture,
  path: string,
  text: string
): Promise<void> {
  await page.contents.uploadContent(text, 'text', path);
  await run(page, 'docmanager:open', { path, factory: 'Editor' });
  await expect(editor(page).getByRole('textbox')).toContainText('name:', {
    timeout: START
  });
}

/** Replace the text of the file, as a user would. */
async function rewrite(
  page: IJupyterLabPageFixture,
  text: string
): Promise<void> {
  await editor(page).getByRole('textbox').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

test('a file says what is wrong in it, and whether it was built', async ({
  page,
  tmpPath
}) => {
  await run(page, 'envstore:show-panel');
  await expect(row(page, NAME)).toContainText('Ready', { timeout: BUILD });
  const text = `# Ours.\n${specification(NAME)}`;
  await open(page, `${tmpPath}/environment.yml`, text);
  await expect(chip(page)).toHaveText(/^drift b\d+$/, { timeout: START });
  await expect(chip(page)).toHaveAttribute('title', /in namespace default$/);
  const wrong = editor(page).locator('.cm-lintRange-error');
  await expect(wrong).toHaveCount(0);
  await expectAccessible(page, 'files-1-built');

  await rewrite(page, specification(NAME, 'numpy >='));
  await expect(wrong.filter({ hasText: 'numpy' }).first()).toHaveAttribute(
    'title',
    /\S/
  );
  await expect(editor(page).locator('.jp-EnvStore-sign').last()).toBeVisible();
  await expect(chip(page)).toHaveText('drift differs');
  await expectAccessible(page, 'files-2-wrong');

  await rewrite(page, specification(NAME, '[tqdm'));
  await expect(wrong).not.toHaveCount(0);
  await picture(page, 'files-3-unreadable');

  await rewrite(page, specification(NAME, 'tqdm'));
  await expect(wrong).toHaveCount(0);
  await expect(chip(page)).toHaveText('drift differs');
  await chip(page).click();
  await expect(
    front(page).getByRole('heading', { name: NAME, exact: true })
  ).toBeVisible({
    timeout: START
  });
  await expect(
    front(page).getByRole('tab', { name: 'Specification' })
  ).toHaveAttribute('aria-selected', 'true');
  await expect(
    front(page).getByRole('rowheader', { name: 'tqdm' })
  ).toBeVisible();
  await picture(page, 'files-4-specification');
});

test('a file of which nothing was built begins an environment', async ({
  page,
  tmpPath
}) => {
  await open(page, `${tmpPath}/env.yml`, specification('elsewhere'));
  await expect(chip(page)).toHaveText('not built', { timeout: START });
  await chip(page).click();
  await expect(
    front(page).getByRole('heading', { name: 'New environment' })
  ).toBeVisible({ timeout: START });
  await expect(
    front(page).getByRole('textbox', { name: 'Name', exact: true })
  ).toHaveValue('elsewhere');
});

test('other files stay as they are', async ({ page, tmpPath }) => {
  await open(page, `${tmpPath}/notes.yml`, specification(NAME));
  await expect(chip(page)).toHaveCount(0);
  // Without anything in it, the toolbar takes no room.
  await expect(editor(page).locator('.jp-Toolbar-micro')).toHaveCount(1);
  await expect(editor(page).locator('.jp-EnvStore-signs')).toHaveCount(0);
});
