import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from '../components/context';
import { CopyButton } from '../components/copyButton';
import { formatBytes, formatUse } from '../components/format';
import { Section } from '../components/section';

/** Where a build is, how large it is, and who asked for it. */
export function BuildFacts(props: { build: IBuild }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
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
        {/* What others share, they use without telling here. */}
        {build.status === 'COMPLETED' && !build.read_only && (
          <>
            <dt>{trans.__('Last used')}</dt>
            <dd>{formatUse(build.last_used_on, trans)}</dd>
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
