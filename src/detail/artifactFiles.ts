import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IArtifact, IBuild } from '../api/types';
import { shownId } from '../components/format';
import type { EnvironmentModel } from '../model/environment';
import { download } from './download';

/** A file that a build can be had as; without an address it is the build's own text. */
export interface IFile extends Pick<
  IArtifact,
  'state' | 'size' | 'sha256' | 'address'
> {
  name: string;
  /** What one does with it. */
  purpose: string;
  /** Whether it is for people to read. */
  isText: boolean;
}

/** The files of a build, those to read first. */
export function filesOf(
  build: IBuild,
  listed: readonly IArtifact[],
  trans: TranslationBundle
): IFile[] {
  const purposes: { [name: string]: string } = {
    'environment.yml': trans.__('With exact versions'),
    'conda-lock.yml': trans.__('For conda-lock'),
    'explicit.txt': trans.__('For conda create --file'),
    'pixi.lock': trans.__('For pixi'),
    sh: trans.__('Installs the build where there is no conda')
  };
  const made = listed.flatMap((item): IFile[] => {
    const { address, artifact_type: type } = item;
    const isText = type === 'YAML' || type === 'LOCKFILE';
    const form = item.format ?? (isText ? type.toLowerCase() : null);
    return form === null || address === null
      ? []
      : [
          {
            ...item,
            name: isText ? form : (address.split('/').pop() ?? form),
            purpose:
              purposes[form] ??
              (isText
                ? trans.__('With the packages and their hashes')
                : trans.__('The whole build, to be unpacked elsewhere')),
            isText
          }
        ];
  });
  return [
    {
      name: build.locked ? trans.__('Lockfile') : 'environment.yml',
      purpose: trans.__('As it was written'),
      isText: true,
      address: null,
      state: 'there',
      size: new Blob([build.text]).size,
      sha256: null
    },
    ...made.sort((a, b) => Number(b.isText) - Number(a.isText))
  ];
}

/**
 * Copy or download one of these files, by its name; null means what was written, and `log` the log.
 *
 * Rejects if there is none of that name, or if its text is asked for and it has none.
 */
export async function getFile(
  model: Pick<EnvironmentModel, 'artifacts' | 'artifactText' | 'artifactUrl'>,
  build: IBuild,
  wanted: string | null,
  isCopy: boolean,
  trans: TranslationBundle
): Promise<void> {
  const [written, ...made] = filesOf(
    build,
    wanted === null || wanted === 'log' ? [] : await model.artifacts(build.id),
    trans
  );
  const log = { name: 'log', isText: true, address: `build/${build.id}/logs/` };
  const file =
    wanted === null
      ? written
      : [...made, log].find(({ name }) => name === wanted);
  if (!file || (isCopy && !file.isText)) {
    throw new Error(
      trans.__(
        'Build %1 has no such file, or it is no text.',
        shownId(build.id)
      )
    );
  }
  const { address } = file;
  if (isCopy) {
    Clipboard.copyToSystem(
      address === null ? build.text : await model.artifactText(address)
    );
    return;
  }
  download(
    `${build.namespace}-${build.name}-${shownId(build.id)}-${file.name}`,
    address === null
      ? { text: build.text }
      : { url: model.artifactUrl(address) }
  );
}
