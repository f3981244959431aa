import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commandIds';
import { KernelSync } from '../model/kernels';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { absence, denialFinder } from './guard';
import { BUILD_ARGS, TargetFinder } from './target';

const USE_ARGS = {
  type: 'object',
  properties: {
    ...BUILD_ARGS.properties,
    path: {
      type: 'string',
      description: 'The notebook; the one that was last in front without it'
    },
    isRestart: {
      type: 'boolean',
      description: 'Whether the notebook only gets the current build'
    },
    isChoice: {
      type: 'boolean',
      description: 'Whether to ask for the environment and the build'
    }
  }
} as const;

/** Runs notebooks that are open on environments. */
export const notebooks: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:notebooks',
  description: 'Changes the environment and the build of open notebooks.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    tracker: INotebookTracker | null
  ): void => {
    if (!tracker) {
      return;
    }
    const { commands, serviceManager } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const targets = new TargetFinder(app, store);
    const targetOf: TargetFinder['find'] = args =>
      args.isChoice === true || args.isPalette ? null : targets.find(args);
    const denial = denialFinder(store, trans);
    const notebook = (args: ReadonlyPartialJSONObject): NotebookPanel | null =>
      typeof args.path === 'string'
        ? (tracker.find(({ context }) => context.path === args.path) ?? null)
        : tracker.currentWidget;
    /** Why it cannot be done. */
    const reason = (args: ReadonlyPartialJSONObject): string | null => {
      const target = targetOf(args);
      const missing =
        absence(store, trans) ??
        (notebook(args) ? null : trans.__('No notebook is open'));
      if (missing !== null || target === null) {
        return missing;
      }
      const environment = targets.environment(args);
      if (!environment?.published) {
        return trans.__('No build of the environment is ready yet');
      }
      const current = environment.published_build?.id;
      const { buildId = current } = target;
      // An older build gets a kernel for itself, unless it has one already.
      return buildId === current ||
        environment.kernels.some(
          ({ build_id, pinned }) => pinned && build_id === buildId
        )
        ? null
        : denial('environment::update', target);
    };
    // Buttons are drawn while no notebook is open, or another one.
    tracker.currentChanged.connect(() =>
      commands.notifyCommandChanged(CommandIDs.useInNotebook)
    );

    commands.addCommand(CommandIDs.useInNotebook, {
      label: args =>
        args.isRestart
          ? trans.__('Restart With the Current Build')
          : targetOf(args)
            ? trans.__('Use in Notebook')
            : trans.__('Change Environment of Notebook…'),
      caption: args =>
        reason(args) ??
        trans.__(
          'Start a kernel of it for %1',
          notebook(args)?.title.label ?? trans.__('the notebook in front')
        ),
      describedBy: { args: USE_ARGS },
      isEnabled: args => reason(args) === null,
      execute: args =>
        attempt(trans.__('The kernel cannot be changed'), async () => {
          const panel = notebook(args);
          const target = targetOf(args);
          if (panel) {
            const { useInNotebook } = await import(
              /* webpackChunkName: "panel" */ '../places/useInNotebook'
            );
            await useInNotebook({
              panel,
              target,
              isRestart: args.isRestart === true,
              store,
              commands,
              trans,
              sync: new KernelSync({
                kernelspecs: serviceManager.kernelspecs,
                kernels: () => store.offeredKernels()
              })
            });
          }
        })
    });
  }
};
