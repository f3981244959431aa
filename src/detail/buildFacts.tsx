import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { formatBytes, formatUse } from '../components/format';
import { Section } from '../components/section';
import type { BuildModel } from '../model/build';
import { useReply } from './useReply';

/** Where a build is, how large it is, and who asked for it. */
export function BuildFacts(props: {
  build: IBuild;
  model: BuildModel;
}): JSX.Element {
  const trans = useTrans();
  const { build, model } = props;
  // What others share, they use without telling here.
  const isUseTold = build.status === 'COMPLETED' && !build.read_only;
  const { value: isInUse } = useReply(
    isUseTold ? `${build.id} ${build.last_used_on}` : null,
    () => model.isInUse()
  );
  return (
    <Section title={trans.__('Details')}>
      <dl className="jp-EnvStoreDetail-buildFacts">
        <dt>{trans.__('Build key')}</dt>
        <dd>
          <code>{build.build_key}</code>
          <CopyButton
            text={build.build_key}
            label={trans.__('Copy the build key')}
          />
          <span>{trans.__('version %1', build.build_key_version)}</span>
        </dd>
        <dt>{trans.__('Prefix')}</dt>
        <dd>
          <code>{build.prefix}</code>
          <CopyButton text={build.prefix} label={trans.__('Copy the prefix')} />
        </dd>
        {build.status === 'COMPLETED' && (
          <>
            <dt>{trans.__('Size')}</dt>
            <dd>
              {trans.__(
                '%1, of which %2 are its own',
                formatBytes(build.size),
                formatBytes(build.size_own)
              )}
            </dd>
          </>
        )}
        {isUseTold && (
          <>
            <dt>{trans.__('Last used')}</dt>
            <dd>
              {isInUse
                ? trans.__('in use now')
                : formatUse(build.last_used_on, trans)}
            </dd>
          </>
        )}
        {build.author !== null && (
          <>
            <dt>{trans.__('Asked for by')}</dt>
            <dd>{build.author}</dd>
          </>
        )}
      </dl>
    </Section>
  );
}
