import type { TranslationBundle } from '@jupyterlab/translation';
import type { IBuild } from '../api/types';
import { formatBytes } from '../components/format';

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
