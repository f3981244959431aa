import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IKernel } from '../api/types';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import type { KernelSync } from '../model/kernels';
import type { IEnvStore } from '../tokens';

export interface IKernelChoice {
  store: IEnvStore;
  sync: KernelSync;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/**
 * The name of a kernel of an environment's current build, or of the build that the target names,
 * once JupyterLab knows it; null if there is none, or the user does not want one.
 *
 * A build that is not the current one gets a kernel for itself, unless it turns out that none of
 * its kernels is wanted: which they are is not known before.
 */
export async function chooseKernel(
  target: ITarget,
  options: IKernelChoice
): Promise<string | null> {
  const { store, sync, trans } = options;
  const { namespace, name, buildId } = target;
  // The kernel of a build that has just ended may not be known here yet.
  await store.environments.refetch(namespace, name);
  const environment = store.environments.get(namespace, name);
  if (environment === null) {
    return null;
  }
  const isOlder =
    buildId !== undefined && buildId !== environment.published_build?.id;
  const isMeant = ({ build_id, pinned }: IKernel): boolean =>
    isOlder ? pinned && build_id === buildId : !pinned;
  let kernels = environment.kernels.filter(isMeant);
  const isPinnedHere = isOlder && kernels.length === 0;
  if (isPinnedHere) {
    await store.pinKernel(buildId, true);
    kernels = (await store.offeredKernels()).filter(isMeant);
  }
  const kernel = await choose(kernels, trans);
  if (kernel === null && isPinnedHere) {
    await store.pinKernel(buildId, false);
  }
  if (kernels.length === 0) {
    await offerKernel(target, options);
  }
  if (kernel !== null && !sync.has(kernel.name)) {
    await sync.run();
  }
  return kernel?.name ?? null;
}

async function choose(
  kernels: readonly IKernel[],
  trans: TranslationBundle
): Promise<IKernel | null> {
  const [first, ...others] = kernels;
  if (!first || others.length === 0) {
    return first ?? null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Kernel of the notebook'),
    items: kernels.map(item => item.display_name)
  });
  return kernels.find(item => item.display_name === value) ?? null;
}

async function offerKernel(
  { namespace, name }: ITarget,
  { commands, trans }: IKernelChoice
): Promise<void> {
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
      namespace,
      name,
      dependency: 'ipykernel'
    });
  }
}
