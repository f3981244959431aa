import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { notebookIcon } from '@jupyterlab/ui-components';
import type { IEnvironment } from '../api/types';
import { CommandIDs } from '../commandIds';
import { Coalesced } from '../model/coalesce';
import { KernelSync } from '../model/kernels';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { absence } from './guard';
import { TARGET_ARGS, TargetFinder } from './target';

/** Keeps JupyterLab's kernels those of the store, and opens notebooks on them. */
export const kernels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:kernels',
  description: 'Offers the kernels of environments as soon as they are there.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator
  ): void => {
    const { commands, serviceManager } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const targets = new TargetFinder(app, store);
    const sync = new KernelSync({
      kernelspecs: serviceManager.kernelspecs,
      kernels: () => store.offeredKernels()
    });
    const syncing = new Coalesced(async () => {
      await sync.run();
    });
    store.kernelsChanged.connect(() => void syncing.call());

    commands.addCommand(CommandIDs.newNotebook, {
      label: trans.__('New Notebook'),
      caption: args =>
        absence(store, trans) ??
        (isReady(targets.environment(args))
          ? trans.__('Open a new notebook on the current build')
          : trans.__('No build of the environment is ready yet')),
      icon: notebookIcon,
      describedBy: { args: TARGET_ARGS },
      isEnabled: args =>
        absence(store, trans) === null && isReady(targets.environment(args)),
      execute: args =>
        attempt(trans.__('The notebook cannot be opened'), async () => {
          const target = targets.find(args);
          if (target === null) {
            return;
          }
          const { chooseKernel } = await import(
            /* webpackChunkName: "panel" */ '../places/kernelChoice'
          );
          const { namespace, name } = target;
          const kernelName = await chooseKernel(
            { namespace, name },
            { store, sync, commands, trans }
          );
          if (kernelName !== null) {
            await commands.execute('notebook:create-new', { kernelName });
          }
        })
    });
  }
};

function isReady(environment: IEnvironment | null): boolean {
  return environment?.published === true;
}
