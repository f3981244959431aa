import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import {
  action,
  BUILD,
  forget,
  front,
  openTab,
  picture,
  row,
  run,
  START,
  submit,
  specification,
  views
} from '../panel';

test.use({
  autoGoto: true,
  mockSettings: { ...galata.DEFAULT_SETTINGS }
});

const NAME = 'by-keys';

/** More than there are stops on any page. */
const MOST_STOPS = 80;

test.afterAll(async ({ request, baseURL }) => {
  // An environment that a kernel uses is not deleted.
  const kernels = await request.get(`${baseURL}/api/kernels`);
  for (const { id } of (await kernels.json()) as { id: string }[]) {
    await request.delete(`${baseURL}/api/kernels/${id}`);
  }
  await forget(request, baseURL, NAME, 'passed-through');
});

/** Run a command as somebody without a mouse does. */
async function choose(page: Page, label: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+Shift+c');
  await expect(page.locator('.lm-CommandPalette-input')).toBeFocused();
  await page.keyboard.type(label);
  await page.keyboard.press('Enter');
}

/** Go on to something with Tab; it is no trap if that takes few presses. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if (
      await target.evaluate(node => node === node.ownerDocument.activeElement)
    ) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

test('an environment is made, looked at, built and used with the keyboard alone', async ({
  page
}) => {
  await choose(page, 'New Environment');
  const name = front(page).getByRole('textbox', { name: 'Name', exact: true });
  await expect(name).toBeVisible({ timeout: START });
  await tabTo(page, name);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(NAME);
  await expect(views(page)).toBeVisible();
  await tabTo(
    page,
    front(page).getByRole('combobox', { name: 'Add a package' })
  );
  await page.keyboard.type('tqd');
  await expect(
    front(page).getByRole('option', { name: /^tqdm/ })
  ).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(
    front(page).getByRole('rowheader', { name: 'tqdm' })
  ).toBeVisible();
  await picture(page, 'keyboard-1-written');
  const check = front(page).getByRole('button', { name: 'Check', exact: true });
  await tabTo(page, check);
  await page.keyboard.press('Enter');
  const preview = page.getByRole('dialog', {
    name: 'What the build would change'
  });
  const effects = preview.getByRole('tab', { name: /Side effects/ });
  await expect(effects).toBeVisible({ timeout: BUILD });
  await tabTo(page, preview.getByRole('tab', { name: /Requested/ }));
  await page.keyboard.press('ArrowRight');
  await expect(effects).toBeFocused();
  await picture(page, 'keyboard-2-preview');
  await page.keyboard.press('Escape');
  await expect(preview).toBeHidden();
  await expect(check).toBeFocused();
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(front(page).getByText('is current, from')).toBeVisible({
    timeout: BUILD
  });
  const notebook = action(page, 'New Notebook');
  await tabTo(page, notebook);
  await page.keyboard.press('Enter');
  await expect(page.locator('.jp-NotebookPanel')).toBeVisible({
    timeout: START
  });
  await picture(page, 'keyboard-3-notebook');
  await page.keyboard.press('Escape');
  // The ways to the sidebar are JupyterLab's: a menu, the palette, a shortcut of one's own.
  await run(page, 'envstore:show-panel');
  await tabTo(page, row(page, 'default').first());
  await page.keyboard.press('ArrowDown');
  await expect(row(page, NAME)).toBeFocused();
  await page.keyboard.press('Delete');
  const question = page.getByRole('dialog');
  // The notebook's kernel runs from it.
  await expect(question).toContainText('in use now');
  await page.keyboard.press('Enter');
  await expect(question).toBeHidden();
  await page.kernel.shutdownAll();
  await expect(row(page, NAME)).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(question).toBeHidden();
  await expect(row(page, NAME)).toBeFocused();
});

test('no editor is a trap', async ({ baseURL, page, request }) => {
  await submit(request, baseURL, specification('passed-through'));
  await choose(page, 'New Environment');
  await expect(views(page)).toBeVisible({ timeout: START });
  const yaml = front(page).getByRole('radio', { name: 'YAML' });
  await tabTo(page, front(page).getByRole('radio', { name: 'Form' }));
  await page.keyboard.press('ArrowRight');
  await expect(yaml).toBeChecked();
  const editor = front(page).getByRole('textbox', { name: /Specification/ });
  await tabTo(page, editor);
  const text = await editor.innerText();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(editor).not.toBeFocused();
  expect(await editor.innerText()).toBe(text);
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('envstore:open', {
      namespace: 'default',
      name: 'passed-through'
    })
  );
  await expect(front(page).getByText('is current, from')).toBeVisible({
    timeout: BUILD
  });
  const log = await openTab(page, 'Log');
  await tabTo(page, log.getByRole('textbox', { name: /^Log/ }));
  await page.keyboard.press('Tab');
  await expect(log.getByRole('textbox', { name: /^Log/ })).not.toBeFocused();
});
