import { expect, galata, test } from '@jupyterlab/galata';
import {
  action,
  BUILD,
  expectAccessible,
  forget,
  front,
  openTab,
  picture,
  row,
  run,
  sidebar,
  specification,
  START,
  submit,
  WIDE
} from '../panel';

/** Two servers of one store: who comes to the first may only look, to the second do everything. */
const READER = process.env.ENVSTORE_TEST_READER ?? '';
const WRITER = process.env.ENVSTORE_TEST_WRITER ?? '';
/** A third one, of another store, in which that one is shared. */
const SHARING = process.env.ENVSTORE_TEST_SHARING ?? '';

const REASON = 'Your role in namespace default does not allow this.';

test.describe.configure({ mode: 'serial' });

test.use({
  baseURL: READER,
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

test.beforeAll(async ({ request }) => {
  await submit(request, WRITER, specification('looked-at'));
});

test.afterAll(async ({ request }) => {
  await forget(request, WRITER, 'looked-at');
});

test('who may only look is told why nothing can be changed', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  const namespace = sidebar(page).getByRole('treeitem', { name: /^default/ });
  await expect(namespace).toHaveAccessibleName(/read only/);
  // Buttons of toolbars learn it, too, although they were there before it was known.
  for (const reason of [
    'Your role does not allow builds in any namespace.',
    'Your role does not allow this.'
  ]) {
    await expect(
      sidebar(page).getByRole('toolbar').getByRole('button', { name: reason })
    ).toBeVisible();
  }
  // What another server builds is seen here.
  await expect(row(page, 'looked-at')).toContainText('Ready', {
    timeout: BUILD
  });
  await row(page, 'looked-at').hover();
  for (const name of ['Rebuild', 'Delete Environment']) {
    const button = row(page, 'looked-at').getByRole('button', { name });
    await expect(button).toHaveAttribute('aria-disabled', 'true');
    await expect(button).toHaveAttribute('aria-description', REASON);
  }
  await row(page, 'looked-at').click({ button: 'right' });
  // JupyterLab's menus show no tooltips.
  await expect(page.getByRole('menuitem', { name: REASON })).toBeVisible();
  await picture(page, 'access-1-menu');
  await page.keyboard.press('Escape');
  await expectAccessible(page, 'access-1-tree');

  await row(page, 'looked-at').click();
  await expect(
    front(page).getByRole('heading', { name: 'looked-at' })
  ).toBeVisible();
  for (const name of ['Rebuild', 'Delete Environment']) {
    const button = action(page, name);
    await expect(button).toHaveAttribute('title', REASON);
    await button.click({ force: true });
  }
  // Nothing was asked of anybody.
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const builds = await openTab(page, 'Builds');
  const note = builds.getByRole('button', { name: 'Note…' });
  await expect(note).toBeDisabled();
  await note.focus();
  await expect(note).toBeFocused();
  await expect(note).toHaveAttribute('aria-description', REASON);
  await openTab(page, 'Packages');
  await page.setViewportSize(WIDE);
  await expectAccessible(page, 'access-2-packages');
  await openTab(page, 'Specification');
  await expect(
    front(page).getByRole('button', { name: 'Build', exact: true })
  ).toHaveCount(0);
  await expectAccessible(page, 'access-3-specification');
});

test('what was built can be used without a right to change it', async ({
  page
}) => {
  await run(page, 'envstore:show-panel');
  await row(page, 'looked-at').click();
  await action(page, 'New Notebook').click();
  await expect(
    page.getByRole('button', { name: /^looked-at b\d+/ })
  ).toBeVisible({ timeout: START });
  await picture(page, 'access-4-notebook');
});

test.describe('a store that is shared', () => {
  test.use({ baseURL: SHARING });

  test('can be used, and not changed, and says whose it is', async ({
    page
  }) => {
    await run(page, 'envstore:show-panel');
    const namespace = sidebar(page).getByRole('treeitem', {
      name: /^team:default/
    });
    await expect(namespace).toHaveAccessibleName(/read only/, {
      timeout: BUILD
    });
    await expect(row(page, 'looked-at')).toContainText('Ready', {
      timeout: BUILD
    });
    await row(page, 'looked-at').hover();
    const remove = row(page, 'looked-at').getByRole('button', {
      name: 'Delete Environment'
    });
    await expect(remove).toHaveAttribute('aria-disabled', 'true');
    await expect(remove).toHaveAttribute(
      'aria-description',
      /this server only reads/
    );
    await expectAccessible(page, 'access-5-shared');

    await row(page, 'looked-at').click();
    const builds = await openTab(page, 'Builds');
    await expect(builds.getByRole('button', { name: 'Note…' })).toBeDisabled();
    const text = await openTab(page, 'Specification');
    await expect(
      text.getByRole('button', { name: 'Copy the YAML' })
    ).toBeVisible();
    await expect(
      front(page).getByRole('button', { name: 'Build', exact: true })
    ).toHaveCount(0);
    await expectAccessible(page, 'access-6-shared-specification');
    await action(page, 'New Notebook').click();
    await expect(
      page.getByRole('button', { name: /^looked-at b\d+/ })
    ).toBeVisible({ timeout: START });
    await picture(page, 'access-7-shared-notebook');
  });
});
