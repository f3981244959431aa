import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { notebookIcon } from '@jupyterlab/ui-components';
import type { IEnvironment, IKernel } from '../api/types';
import { CommandIDs } from '../commandIds';
import { Coalesced } from '../model/coalesce';
import { KernelSync } from '../model/kernels';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
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

    const chooseKernel = async (
      environment: IEnvironment
    ): Promise<IKernel | null> => {
      const kernels = ofCurrentBuild(environment);
      const [first, ...others] = kernels;
      if (!first || others.length === 0) {
        return first ?? null;
      }
      const names = kernels.map(item => item.display_name);
      const { value } = await InputDialog.getItem({
        title: trans.__('Kernel of the new notebook'),
        items: names
      });
      return kernels.find(item => item.display_name === value) ?? null;
    };

    const offerKernel = async (environment: IEnvironment): Promise<void> => {
      const { name, namespace } = environment;
      const { button } = await showDialog({
        title: trans.__('%1 has no kernel', name),
        body: trans.__(
          'A notebook needs a kernel, and no package of %1 brings one. Adding ipykernel to the specification and building it gives it one for Python.',
          name
        ),
        buttons: [
          Dialog.cancelButton(),
          Dialog.okButton({ label: trans.__('Add ipykernel') })
        ]
      });
      if (button.accept) {
        await commands.execute(CommandIDs.edit, {
          namespace: namespace.name,
          name,
          dependency: 'ipykernel'
        });
      }
    };

    commands.addCommand(CommandIDs.newNotebook, {
      label: trans.__('New Notebook'),
      caption: args =>
        isReady(targets.environment(args))
          ? trans.__('Open a new notebook on the current build')
          : trans.__('No build of the environment is ready yet'),
      icon: notebookIcon,
      describedBy: { args: TARGET_ARGS },
      isEnabled: args => isReady(targets.environment(args)),
      execute: args =>
        attempt(trans.__('The notebook cannot be opened'), async () => {
          const target = targets.find(args);
          if (target === null) {
            return;
          }
          // The kernel of a build that has just ended may not be known here yet.
          await store.environments.refetch(target.namespace, target.name);
          const environment = store.environments.get(
            target.namespace,
            target.name
          );
          if (environment === null) {
            return;
          }
          if (ofCurrentBuild(environment).length === 0) {
            await offerKernel(environment);
            return;
          }
          const kernel = await chooseKernel(environment);
          if (kernel === null) {
            return;
          }
          if (!sync.has(kernel.name)) {
            await sync.run();
          }
          await commands.execute('notebook:create-new', {
            kernelName: kernel.name
          });
        })
    });
  }
};

/** Those of the current build; others stay with a build of their own. */
function ofCurrentBuild({ kernels }: IEnvironment): readonly IKernel[] {
  return kernels.filter(({ pinned }) => !pinned);
}

function isReady(environment: IEnvironment | null): boolean {
  return environment?.published === true;
}
