/**
 * How fast a sidebar with 2,000 environments opens and scrolls.
 *
 * Each round opens a new page, waits until the list has been read and JupyterLab rests,
 * and shows the sidebar: measured is the time until its rows are painted. The first round loads
 * the code over the network, the others from the browser's cache. Then the whole
 * list is scrolled through, a frame at a time, and everything that occupied the
 * page's thread for 50 ms or longer is noted: by the clock, and by the processor time that
 * the thread had of that. As with the time to open, the median of the rounds decides: with
 * two cores, the thread waits now and then for the painting and the server.
 *
 * ENVSTORE_TEST_CHANNEL   as in lab.mjs
 * ENVIRONMENTS            how many; 2,000 unless told
 * ROUNDS                  how often; 5 unless told
 *
 * Writes .cache/bench/sidebar.json, times in milliseconds.
 */
/* global document, requestAnimationFrame, window */
import { spawnSync } from 'node:child_process';
import { openLab, summary, withLab, writeResult } from './lab.mjs';

const ENVIRONMENTS = Number(process.env.ENVIRONMENTS ?? 2000);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const LIMITS = { open: 200, task: 50 };

/** Put environments with two builds each into a store, as if they had been built. */
function fill(store) {
  const program =
    'import sys; from pathlib import Path; from benchmarks.api_lists import fill;' +
    ' fill(Path(sys.argv[1]), int(sys.argv[2]), builds_of_each=2)';
  const { status } = spawnSync(
    'python',
    ['-c', program, store, String(ENVIRONMENTS)],
    { stdio: 'inherit' }
  );
  if (status !== 0) {
    throw new Error('The store could not be filled.');
  }
}

/** Wait until the server has published and announced all kernels, and rests. */
async function rest(url) {
  const ask = async path => {
    const reply = await fetch(`${url}/envstore/api/v1/${path}`);
    return (await reply.json()).data;
  };
  for (let before = -1; ;) {
    const { latest } = await ask('events/');
    const kernels = await ask('kernels/');
    if (kernels.length >= ENVIRONMENTS && latest === before) {
      return;
    }
    before = latest;
    await new Promise(resolve => setTimeout(resolve, 3000));
  }
}

/** Wait until JupyterLab itself rests: its launcher has a card for each of the kernels. */
function settle(page) {
  return page.evaluate(async () => {
    let last = performance.now();
    const observer = new PerformanceObserver(() => {
      last = performance.now();
    });
    observer.observe({ type: 'longtask' });
    while (performance.now() - last < 2000) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    observer.disconnect();
  });
}

/** Show the sidebar; resolves with the milliseconds until its rows are painted. */
function open(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    const began = performance.now();
    void window.jupyterapp.commands.execute('envstore:show-panel');
    while (!document.querySelector('.jp-EnvStore-environment')) {
      await frame();
    }
    // The frame with the rows is painted before the next one begins.
    await frame();
    return performance.now() - began;
  });
}

/** Let the page collect what its start left behind: that pause is JupyterLab's, not the list's. */
async function collectGarbage(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.detach();
}

/** Scroll through the list; resolves with the long tasks, and the rows in the document. */
function scroll(page) {
  return page.evaluate(async () => {
    const tasks = [];
    const observer = new PerformanceObserver(list =>
      tasks.push(...list.getEntries().map(({ duration }) => duration))
    );
    observer.observe({ type: 'longtask' });
    const tree = document.querySelector('.jp-EnvStore-tree');
    let most = 0;
    while (tree.scrollTop + tree.clientHeight < tree.scrollHeight - 1) {
      tree.scrollTop += 400;
      await new Promise(resolve => requestAnimationFrame(resolve));
      most = Math.max(
        most,
        document.querySelectorAll('.jp-EnvStore-row').length
      );
    }
    await new Promise(resolve => setTimeout(resolve, 200));
    observer.disconnect();
    const last = [...document.querySelectorAll('.jp-EnvStore-row')].at(-1);
    return { tasks, most, last: last.dataset.name };
  });
}

/** The processor times of the page's tasks in a trace, in milliseconds. */
function processorTimes(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const threads = new Set(
    traceEvents
      .filter(
        ({ name, args }) =>
          name === 'thread_name' && args.name === 'CrRendererMain'
      )
      .map(({ pid, tid }) => `${pid} ${tid}`)
  );
  return traceEvents
    .filter(
      ({ name, pid, tid, tdur }) =>
        name === 'ThreadControllerImpl::RunTask' &&
        tdur !== undefined &&
        threads.has(`${pid} ${tid}`)
    )
    .map(({ tdur }) => tdur / 1000);
}

await withLab(
  'sidebar',
  async ({ browser, url }) => {
    await rest(url);
    const context = await browser.newContext();
    const opened = [];
    const longTasks = [];
    const longest = [];
    let most = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const page = await openLab(context, url, `round-${round}`, response =>
        /v1\/environment\/(\?|$)/.test(response.url())
      );
      await settle(page);
      opened.push(await open(page));
      await collectGarbage(page);
      await browser.startTracing(page, { categories: ['toplevel'] });
      const found = await scroll(page);
      const times = processorTimes(await browser.stopTracing());
      longest.push(times.reduce((most, time) => Math.max(most, time), 0));
      if (
        found.last !==
        `environment-${String(ENVIRONMENTS - 1).padStart(4, '0')}`
      ) {
        throw new Error(`The last row is ${found.last}.`);
      }
      longTasks.push(found.tasks);
      most = Math.max(most, found.most);
      console.log(
        `${round}: open ${Math.round(opened.at(-1))} ms; ` +
          `${found.tasks.length} tasks over 50 ms by the clock, the longest ` +
          `took ${Math.round(longest.at(-1))} ms of the processor; ${found.most} rows`
      );
      await page.close();
    }
    const [cold, ...warm] = opened;
    const result = {
      environments: ENVIRONMENTS,
      open_first: cold,
      open: summary(warm),
      scroll_long_tasks: longTasks,
      scroll_longest_by_processor_time: longest,
      rows_in_document: most,
      limits: LIMITS
    };
    writeResult('sidebar', result);
    const tooLong = summary(longTasks.map(({ length }) => length));
    if (result.open.median > LIMITS.open || tooLong.median > 0) {
      process.exitCode = 1;
    }
  },
  fill
);
