import { expect, galata, test } from '@jupyterlab/galata';
import { picture, run, START, views, front, visit } from '../panel';

test.use({
  autoGoto: false,
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/translation-extension:plugin': { locale: 'de_DE' }
  }
});

test('the panel speaks German beside the German language pack', async ({
  baseURL,
  page
}) => {
  await visit(page, `${baseURL}/lab`);
  await page.waitForFunction(() =>
    window.jupyterapp?.commands.hasCommand('envstore:show-panel')
  );
  await page.evaluate(() => window.jupyterapp.restored);
  await run(page, 'envstore:show-panel');
  const sidebar = page.getByRole('region', { name: 'Umgebungen', exact: true });
  await expect(sidebar).toBeVisible({ timeout: START });
  await expect(
    sidebar.getByRole('toolbar').getByRole('button', {
      name: 'Die Spezifikation einer neuen Umgebung schreiben'
    })
  ).toBeVisible();
  await run(page, 'envstore:new-environment');
  await expect(
    front(page).getByRole('heading', { name: 'Neue Umgebung' })
  ).toBeVisible();
  await expect(
    front(page).getByRole('button', { name: 'Bauen', exact: true })
  ).toBeVisible();
  await expect(views(page)).toHaveCount(0);
  await expect(
    front(page).getByRole('group', { name: 'Ansicht' })
  ).toBeVisible();
  await picture(page, 'language-1-german');
});
