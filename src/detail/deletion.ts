import type { TranslationBundle } from '@jupyterlab/translation';
import type { IBuild } from '../api/types';
import type { ITarget } from '../commandIds';
import { formatBytes } from '../components/format';
import type { IEnvStore } from '../tokens';

/** What goes with a build that is deleted, and what stays; null where it could not be read. */
export function deletionText(
  id: number,
  name: string,
  build: IBuild | null,
  trans: TranslationBundle
): string {
  return [
    trans.__(
      'The files of build %1 and its archives are removed from the disk; its log is kept. Other builds of %2 stay.',
      id,
      name
    ),
    build?.size_own &&
      build.shelved_on === null &&
      trans.__('%1 come back.', formatBytes(build.size_own)),
    build?.kernel_pinned &&
      trans.__('Its kernel goes too: notebooks that use it need another.')
  ]
    .filter(Boolean)
    .join(' ');
}

/**
 * Throw, naming the builds, if some of what is to be deleted are pinned or in use. Where this
 * cannot be read, and for programs that are no kernels of this server, the server refuses.
 */
export async function refuseIfKept(
  { namespace, name, buildId }: ITarget,
  builds: readonly IBuild[],
  store: IEnvStore,
  trans: TranslationBundle
): Promise<void> {
  const reasons = new Map<number, string>();
  for (const { id, pinned } of builds) {
    if (pinned) {
      reasons.set(id, trans.__('pinned'));
    }
  }
  for (const kernel of await store.runningKernels().catch(() => [])) {
    const { build_id: id } = kernel;
    if (
      kernel.namespace === namespace &&
      kernel.environment === name &&
      id === (buildId ?? id)
    ) {
      reasons.set(id, trans.__('in use now'));
    }
  }
  if (reasons.size > 0) {
    throw new Error(
      [...reasons]
        .map(([id, reason]) => trans.__('Build %1: %2', id, reason))
        .join('\n')
    );
  }
}
