import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, galata, test } from '@jupyterlab/galata';
import { expectAccessible, picture, run, sidebar } from '../panel';

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

/** Raise the doubt as a server does that finds a build which its database never heard of. */
function raiseDoubt(): void {
  const database = join(
    process.env.ENVSTORE_TEST_STORE ?? '',
    'lab/.envstore/envstore.db'
  );
  const program =
    'import sqlite3, sys\n' +
    'with sqlite3.connect(sys.argv[1], timeout=10) as db:\n' +
    '    db.execute("UPDATE store SET needs_adoption = 1")\n';
  execFileSync('python3', ['-c', program, database]);
}

test('a doubt is told of, and settled by adopting', async ({ page }) => {
  await run(page, 'envstore:show-panel');
  await expect(sidebar(page).locator('.jp-EnvStore-body')).toBeVisible();
  await expect(sidebar(page).getByRole('alert')).toHaveCount(0);
  raiseDoubt();
  await run(page, 'envstore:refresh');
  const banner = sidebar(page).getByRole('alert');
  await expect(banner).toContainText('Builds may be missing here');
  await expect(banner).toContainText('does not know all builds');
  await expectAccessible(page, 'adoption-1-doubt');

  await banner.getByRole('button', { name: 'Adopt Builds' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(
    'There is no build on disk that the database does not know.'
  );
  await picture(page, 'adoption-2-preview');
  await dialog.getByRole('button', { name: 'Adopt Builds' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await expect(banner).toHaveCount(0);
});
