/**
 * How long after a build's end its kernel can be chosen, in two tabs of a browser.
 *
 * Each round builds a new environment from packages that are in the cache, and
 * rebuilds the first one with a changed specification. Measured are the times
 * from the build's `ended_on` to the launcher's card of the new kernel, and to the
 * kernel whose metadata name the new build. Server and browser share a clock.
 *
 * ENVSTORE_TEST_CHANNEL   the URL of the channel to build from
 * ROUNDS                  how often; 10 unless told
 *
 * Writes .cache/bench/picker.json, times in milliseconds.
 */
/* global document, MutationObserver, window */
import { CHANNEL, openLab, summary, withLab, writeResult } from './lab.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 10);

function specification(name, comment = '') {
  const lines = ['python', 'ipykernel'].map(item => `  - ${item}`).join('\n');
  return `${comment}name: ${name}\nchannels:\n  - ${CHANNEL}\ndependencies:\n${lines}\n`;
}

/** When the launcher has a card for the environment, in milliseconds since the epoch. */
function cardAppears(page, name) {
  return page.evaluate(
    text =>
      new Promise(resolve => {
        const isThere = () =>
          [...document.querySelectorAll('.jp-LauncherCard')].some(node =>
            node.textContent.includes(text)
          );
        const observer = new MutationObserver(() => {
          if (isThere()) {
            observer.disconnect();
            resolve(Date.now());
          }
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
    `${name} (`
  );
}

/** When the kernel of an environment is that of a build younger than `before`. */
function kernelChanges(page, name, before) {
  return page.evaluate(
    ([environment, oldest]) =>
      new Promise(resolve => {
        const { kernelspecs } = window.jupyterapp.serviceManager;
        const look = () => {
          const specs = Object.values(kernelspecs.specs?.kernelspecs ?? {});
          const isYounger = specs.some(({ metadata }) => {
            const { environment: of, build_id: build } =
              metadata?.envstore ?? {};
            return of === environment && build > oldest;
          });
          if (isYounger) {
            kernelspecs.specsChanged.disconnect(look);
            resolve(Date.now());
          }
        };
        kernelspecs.specsChanged.connect(look);
      }),
    [name, before]
  );
}

/** Submit a specification; resolves with the ended build. */
async function build(url, text) {
  const api = `${url}/envstore/api/v1`;
  const reply = await fetch(`${api}/specification/`, {
    method: 'POST',
    body: JSON.stringify({ specification: text, namespace: 'default' })
  });
  const { build_id: id } = (await reply.json()).data;
  for (;;) {
    const { data } = await (await fetch(`${api}/build/${id}/`)).json();
    if (data.status === 'COMPLETED') {
      return { id, endedOn: Date.parse(`${data.ended_on}Z`) };
    }
    if (!['QUEUED', 'BUILDING'].includes(data.status)) {
      throw new Error(`Build ${id} ended ${data.status}: ${data.status_info}`);
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

await withLab('picker', async ({ browser, url }) => {
  const context = await browser.newContext();
  const pages = [
    await openLab(context, url, 'first'),
    await openLab(context, url, 'second')
  ];
  const first = await build(url, specification('warm'));
  const found = { card: [[], []], kernel: [[], []] };
  let newest = first.id;
  for (let round = 1; round <= ROUNDS; round++) {
    const name = `round-${round}`;
    const cards = pages.map(page => cardAppears(page, name));
    const made = await build(url, specification(name));
    const changes = pages.map(page => kernelChanges(page, 'warm', newest));
    const shown = await Promise.all(cards);
    const again = await build(url, specification('warm', `# ${round}\n`));
    newest = again.id;
    const changed = await Promise.all(changes);
    pages.forEach((_, tab) => {
      found.card[tab].push(shown[tab] - made.endedOn);
      found.kernel[tab].push(changed[tab] - again.endedOn);
    });
    console.log(
      `${round}: card ${found.card.map(times => times.at(-1)).join(', ')} ms; ` +
        `kernel ${found.kernel.map(times => times.at(-1)).join(', ')} ms`
    );
  }
  writeResult('picker', {
    rounds: ROUNDS,
    new_environment_in_launcher: found.card.map(summary),
    rebuilt_kernel_known: found.kernel.map(summary)
  });
});
