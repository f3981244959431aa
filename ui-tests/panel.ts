import AxeBuilder from '@axe-core/playwright';
import type { APIRequestContext, Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

const CHANNEL = process.env.ENVSTORE_TEST_CHANNEL ?? '';

/** The themes in which everything must be readable. */
const THEMES = [
  'JupyterLab Light',
  'JupyterLab Dark',
  'JupyterLab Dark High Contrast'
];

/** Milliseconds that a real build of a Python with ipykernel may take. */
export const BUILD = 120_000;

/** Milliseconds that JupyterLab may take to start on a busy machine. */
export const START = 60_000;

/** Where no table scrolls sideways: in one that does, axe fails to look at colours. */
export const WIDE = { width: 1600, height: 900 };

/** The tabs of the document of an environment. */
export const TABS = [
  'Overview',
  'Specification',
  'Packages',
  'Builds',
  'Log',
  'Artifacts'
];

export function specification(name: string, ...packages: string[]): string {
  const lines = ['python', 'ipykernel', ...packages].map(item => `  - ${item}`);
  return `name: ${name}\nchannels:\n  - ${CHANNEL}\ndependencies:\n${lines.join('\n')}\n`;
}

/** Ask for a build, as another client would. */
export async function submit(
  request: APIRequestContext,
  url: string | undefined,
  text: string
): Promise<void> {
  const reply = await request.post(`${url}/envstore/api/v1/specification/`, {
    data: { namespace: 'default', specification: text }
  });
  expect(reply.ok()).toBe(true);
}

/** Delete environments, so that the next tests find the store as these have found it. */
export async function forget(
  request: APIRequestContext,
  url: string | undefined,
  ...names: string[]
): Promise<void> {
  for (const name of names) {
    await request.delete(`${url}/envstore/api/v1/environment/default/${name}/`);
  }
}

/** Keep a picture of a step, for people. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `ui-tests/screenshots/${name}.png` });
}

export function run(
  page: Page,
  command: string,
  args: Record<string, string> = {}
): Promise<void> {
  return page.evaluate(
    async ([id, values]) => {
      await window.jupyterapp.commands.execute(id, values);
    },
    [command, args] as const
  );
}

async function setTheme(page: Page, theme: string): Promise<void> {
  await run(page, 'apputils:change-theme', { theme });
  await page.waitForFunction(
    name => document.body.dataset.jpThemeName === name,
    theme
  );
}

/** The rules of axe about colours, which is all that differs between themes. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What axe has to say against our nodes, in every theme. */
export async function expectAccessible(
  page: Page,
  step: string
): Promise<void> {
  // JupyterLab's body has no height, and hides what overflows it: to axe all of it is hidden, and
  // it looks at no colours. Nor does it where something lies above the window.
  await page.addStyleTag({ content: 'body { height: 100vh; }' });
  await page
    .locator('.jp-EnvStore-tabPanel')
    .evaluateAll(panels => panels.forEach(panel => panel.scrollTo(0, 0)));
  for (const theme of THEMES) {
    await setTheme(page, theme);
    const axe = new AxeBuilder({ page })
      .include('.jp-EnvStore')
      .include('.jp-EnvStoreDetail')
      .include('.jp-EnvStoreChip')
      .include('.jp-EnvStoreStatus')
      .include('.jp-EnvStoreForm')
      .include('.jp-Dialog')
      // JupyterLab's editors have its own colours.
      .exclude('.cm-gutters')
      .exclude('.cm-line [class^="ͼ"]')
      // There are no frames, for which each analysis would open a page of its own.
      .setLegacyMode(true);
    if (theme !== THEMES[0]) {
      axe.withRules(COLOUR_RULES);
    }
    const found = await axe.analyze();
    const summary = found.violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ failureSummary, html }) => `${id}: ${html} ${failureSummary}`
      )
    );
    expect.soft(summary, `${step} in ${theme}`).toEqual([]);
    if (theme === THEMES[0]) {
      const compared = found.passes
        .filter(({ id }) => id === 'color-contrast')
        .flatMap(({ nodes }) => nodes.flatMap(({ any }) => any))
        .filter(({ data }) => typeof data?.contrastRatio === 'number');
      expect.soft(compared, `colours of ${step}`).not.toEqual([]);
    }
    await picture(
      page,
      `${step}-${theme.split(' ').slice(1).join('-').toLowerCase()}`
    );
  }
  await setTheme(page, THEMES[0] ?? '');
}

/** Go to a page that has no launcher in front, for which Galata's own `goto` would wait. */
export async function visit(page: Page, url: string): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate(address => window.location.assign(address), url);
  await loaded;
}

export function sidebar(page: Page): Locator {
  return page.getByRole('region', { name: 'Environments', exact: true });
}

export function row(page: Page, name: string): Locator {
  return sidebar(page).getByRole('treeitem').filter({ hasText: name });
}

/** What can be pressed in a region, and is not in its width. */
export async function outside(region: Locator): Promise<string[]> {
  return region.evaluate(root => {
    const { left, right } = root.getBoundingClientRect();
    return [...root.querySelectorAll('button, input, select, a, [role=tab]')]
      .filter(node => {
        const box = node.getBoundingClientRect();
        const scrolled = node.closest(
          'pre, .cm-editor, table, [role=table], [role=tablist]'
        );
        return (
          box.width > 0 &&
          !scrolled &&
          (box.left < left - 1 || box.right > right + 1)
        );
      })
      .map(node => node.outerHTML.slice(0, 200));
  });
}

const CONTROLS =
  'button, input, select, textarea, a[href], summary, [tabindex]';

/**
 * What the keyboard reaches in a region without a mark of at least 2 px, by which one sees it.
 * Editors, and the buttons of JupyterLab's toolbars, have marks of their own.
 */
export async function unmarked(page: Page, region: Locator): Promise<string[]> {
  // What a script focuses is marked as what was focused last was: by the keyboard.
  await page.keyboard.press('Shift');
  return region.evaluate((root, controls) => {
    const nodes = [...root.querySelectorAll<HTMLElement>(controls)].filter(
      node =>
        node.checkVisibility() &&
        !node.matches(':disabled, jp-button, .cm-editor *')
    );
    return nodes
      .filter(node => {
        node.focus();
        const marked =
          (node.matches('[type=radio]') ? node.nextElementSibling : node) ??
          node;
        const { outlineStyle, outlineWidth } = getComputedStyle(marked);
        return (
          document.activeElement === node &&
          (outlineStyle !== 'solid' || parseFloat(outlineWidth) < 2)
        );
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 160));
  }, CONTROLS);
}

/** What is pressed in a region, and has less than 24 px in one direction. */
export async function small(region: Locator): Promise<string[]> {
  return region.evaluate(root =>
    [...root.querySelectorAll<HTMLElement>('button, select, summary, a[href]')]
      .filter(node => node.checkVisibility())
      .map(node => ({ node, box: node.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 23.9)
      .map(({ node }) => node.outerHTML.slice(0, 160))
  );
}

/** Buttons whose label is larger than they are. */
export async function overfull(region: Locator): Promise<string[]> {
  return region.evaluate(root =>
    [...root.querySelectorAll('button')]
      .filter(
        ({ clientHeight, clientWidth, scrollHeight, scrollWidth }) =>
          scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1
      )
      .map(({ outerHTML }) => outerHTML.slice(0, 200))
  );
}

/** Whatever of a document's pages can be scrolled sideways; tables in a frame of their own may be. */
export async function sideways(region: Locator): Promise<string[]> {
  return region.evaluate(root =>
    [
      ...root.querySelectorAll(
        '.jp-EnvStore-tabPanel, .jp-EnvStoreDetail-content'
      )
    ]
      .filter(page => page.scrollWidth > page.clientWidth + 1)
      .flatMap(page =>
        [...page.querySelectorAll('*')]
          .filter(
            node =>
              node.getBoundingClientRect().right >
                page.getBoundingClientRect().right + 1 &&
              !node.closest('.cm-editor, .jp-EnvStoreDetail-scroll')
          )
          .map(node => node.outerHTML.slice(0, 120))
      )
  );
}

/** The document in front. */
export function front(page: Page): Locator {
  return page.locator('.jp-EnvStoreDetail:not(.lm-mod-hidden)');
}

/** A button in the head of the document of an environment; its tabs may have one of the same name. */
export function action(page: Page, name: string): Locator {
  return front(page)
    .getByRole('group', { name: /^Actions on/ })
    .getByRole('button', { name });
}

/** Bring a tab of the document in front to the front, and return its panel. */
export async function openTab(page: Page, name: string): Promise<Locator> {
  await front(page).getByRole('tab', { name }).click();
  return front(page).getByRole('tabpanel', { name });
}

/** The builds in the tab of them, the youngest first. */
export function builds(page: Page): Locator {
  return front(page)
    .getByRole('tabpanel', { name: 'Builds' })
    .getByRole('listitem', { name: /^Build \d+$/ });
}

/** Begin a new environment, and return the field of its name. */
export async function newEnvironment(page: Page): Promise<Locator> {
  await run(page, 'envstore:new-environment');
  await expect(
    front(page).getByRole('heading', { name: 'New environment' })
  ).toBeVisible();
  return front(page).getByRole('textbox', { name: 'Name', exact: true });
}

/** Where one chooses between form and YAML: there while a specification is being written. */
export function views(page: Page): Locator {
  return front(page).getByRole('group', { name: 'View' });
}

/** Replace the text of the editor in front, as a user would. */
export async function write(page: Page, text: string): Promise<void> {
  await front(page).getByRole('radio', { name: 'YAML' }).check();
  const editor = front(page).getByRole('textbox', { name: /Specification/ });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}
