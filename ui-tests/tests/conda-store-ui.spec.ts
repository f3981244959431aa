import type { Server } from 'node:http';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { serveCondaStoreUi } from '../conda-store-ui';
import { BUILD, picture } from '../panel';

const CHANNEL = process.env.ENVSTORE_TEST_CHANNEL ?? '';
const DIST = process.env.ENVSTORE_TEST_CONDA_STORE_UI ?? '';
const PORT = Number(process.env.ENVSTORE_TEST_PORTS?.split(' ')[2]);
const BASE_URL = process.env.ENVSTORE_TEST_BASE_URL ?? '';
const SERVER_TOKEN = process.env.ENVSTORE_TEST_TOKEN ?? '';

interface IEnvironment {
  current_build_id: number;
  published: boolean;
}

let front: Server;
let url = '';

/** Ask the server itself, not through what is tested. */
async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const reply = await ask(method, path, body);
  expect(reply.status, path).toBe(200);
  return ((await reply.json()) as { data: T }).data;
}

function ask(method: string, path: string, body?: object): Promise<Response> {
  const root = `http://127.0.0.1:${PORT}${BASE_URL}envstore/api/v1/`;
  return fetch(`${root}${path}`, {
    method,
    headers: { Authorization: `token ${SERVER_TOKEN}` },
    body: body && JSON.stringify(body)
  });
}

test.describe.configure({ mode: 'serial' });

test.use({ actionTimeout: 15_000 });

/** Milliseconds: the interface asks for a build every five seconds, and for its packages after that. */
const SHOWN = 15_000;

test.beforeAll(async () => {
  // It is there when these are tried once more.
  await ask('DELETE', 'environment/default/tea/');
  await api('POST', 'specification/', {
    namespace: 'default',
    specification: `name: coffee\nchannels:\n  - ${CHANNEL}\ndependencies:\n  - python\n`
  });
  // As a person does who gives the interface a token of the store's, and not the server's.
  const { token } = await api<{ token: string }>('POST', 'token/', {
    role_bindings: { 'default/*': ['admin'] }
  });
  ({ server: front, url } = await serveCondaStoreUi(DIST, {
    port: PORT,
    baseUrl: BASE_URL,
    token
  }));
});

test.afterAll(() => {
  front.closeAllConnections();
  front.close();
});

/** What the interface asks for must be there: it shows no error for most of what is refused. */
test.beforeEach(({ page }) => {
  page.on('response', reply => {
    const { pathname } = new URL(reply.url());
    if (pathname.includes('/envstore/')) {
      expect.soft(reply.status(), pathname).toBeLessThan(400);
    }
  });
});

function environments(page: Page): Locator {
  return page.getByRole('listitem');
}

async function open(page: Page, name: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'default' }).click();
  await environments(page).getByText(name, { exact: true }).click();
  await expect(page.getByRole('button', { name: 'Edit' })).toBeVisible();
}

async function expectBuilt(page: Page): Promise<void> {
  await expect(page.getByTestId('build-status')).toHaveText(
    'Status: Completed',
    { timeout: BUILD }
  );
}

function table(page: Page, title: string): Locator {
  return page.locator('.MuiAccordion-root', {
    has: page.getByRole('button', { name: title })
  });
}

/** The menu of the builds, which has no name that it could be found by. */
function builds(page: Page): Locator {
  return page.getByRole('combobox').filter({ hasText: /Active|\d{4} - / });
}

test('environments of the store are listed and searched', async ({ page }) => {
  await page.goto(url);
  await page.getByRole('button', { name: 'default' }).click();
  await expect(environments(page)).toHaveText(['coffee']);
  const search = page.getByPlaceholder('Search for environment');
  await search.fill('tea');
  await expect(environments(page)).toHaveCount(0);
  await search.fill('cof');
  await expect(environments(page)).toHaveText(['coffee']);
  await picture(page, 'conda-store-ui-1-list');
});

test('an environment is created from YAML, and its log can be read', async ({
  page,
  context
}) => {
  await page.goto(url);
  await page
    .getByRole('link', { name: 'Create a new environment in the default' })
    .click();
  await page.getByLabel('Environment name').fill('tea');
  await page.getByPlaceholder(/description/).fill('Earl Grey: hot');
  // Its interface takes over what was typed 300 ms later, and shows nothing of that.
  await page.waitForTimeout(1000);
  await page.getByRole('checkbox', { name: 'GUI YAML' }).check({ force: true });
  await page.getByTestId('yaml-editor').getByRole('textbox').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(
    `channels:\n  - ${CHANNEL}\ndependencies:\n  - python\n`
  );
  await page.getByRole('button', { name: 'Create', exact: true }).click();

  await expectBuilt(page);
  await expect(environments(page).getByText('tea')).toBeVisible();
  await expect(builds(page)).toContainText('Active');
  await expect(
    table(page, 'Installed Packages').getByRole('row', { name: /^openssl/ })
  ).toBeVisible({ timeout: SHOWN });
  await picture(page, 'conda-store-ui-2-created');

  // A link is opened by the browser alone, which has the cookie of the server or nothing.
  await context.request.get(`${new URL(url).origin}${BASE_URL}`, {
    params: { token: SERVER_TOKEN }
  });
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Log' }).click();
  await expect((await opened).locator('body')).toContainText(
    'Executing transaction:'
  );
});

test('an edit makes a new build, which becomes the active one', async ({
  page
}) => {
  await open(page, 'tea');
  const before = await api<IEnvironment>('GET', 'environment/default/tea/');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('button', { name: '+ Add Package' }).click();
  await page.getByRole('combobox', { name: 'Enter package' }).fill('packaging');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Save' }).click();

  await expectBuilt(page);
  await expect(
    table(page, 'Installed Packages').getByRole('row', { name: /^packaging/ })
  ).toBeVisible({ timeout: SHOWN });
  await picture(page, 'conda-store-ui-3-edited');
  const after = await api<IEnvironment>('GET', 'environment/default/tea/');
  expect(after.current_build_id).toBeGreaterThan(before.current_build_id);
  expect(after.published).toBe(true);
});

test('the active build is switched', async ({ page }) => {
  await open(page, 'tea');
  const before = await api<IEnvironment>('GET', 'environment/default/tea/');
  await page.getByRole('button', { name: 'Edit' }).click();
  await builds(page).click();
  const options = page.getByRole('option', { name: /2\d{3}/ });
  await expect(options).toHaveCount(2);
  await options.last().click();
  await page
    .getByRole('button', { name: 'Change environment version' })
    .click();
  await expect
    .poll(async () => {
      const tea = await api<IEnvironment>('GET', 'environment/default/tea/');
      return tea.current_build_id;
    })
    .toBeLessThan(before.current_build_id);
  await picture(page, 'conda-store-ui-4-switched');
});

test('an environment is deleted', async ({ page }) => {
  await open(page, 'tea');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByText('Delete environment').click();
  await picture(page, 'conda-store-ui-5-delete');
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(environments(page)).toHaveText(['coffee']);
  const left = await api<IEnvironment[]>('GET', 'environment/');
  expect(left).toHaveLength(1);
});
