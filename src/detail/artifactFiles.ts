import type { TranslationBundle } from '@jupyterlab/translation';
import type { IArtifact, IBuild } from '../api/types';

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
