import '../../style/usage.css';
import * as React from 'react';
import type { INamespaceUsage } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { formatBytes, formatUse } from '../components/format';
import { Section } from '../components/section';
import { Skeleton } from '../components/skeleton';

/** Environments that are shown before somebody asks for all. */
const MOST = 50;

/** What each environment and build occupies: the largest first, as bars and in numbers. */
export function UsageView(props: {
  /** By namespace; null while it is measured. */
  usages: { [namespace: string]: INamespaceUsage } | null;
}): JSX.Element {
  const trans = useTrans();
  const { usages } = props;
  const [isWhole, setWhole] = React.useState(false);
  const items = Object.entries(usages ?? {})
    .flatMap(([namespace, { environments }]) =>
      environments.map(item => ({ ...item, path: `${namespace}/${item.name}` }))
    )
    // One of which no build was ever ready has nothing on the disk.
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size);
  const most = Math.max(1, items[0]?.size ?? 0);
  const facts = (
    { size, own }: { size: number; own: number },
    uses: readonly (string | null)[]
  ): string =>
    trans.__(
      '%1, of its own %2; last used: %3',
      formatBytes(size),
      formatBytes(own),
      // As text they are in the order of time; before all is null, which is ''.
      formatUse(
        uses
          .map(use => use ?? '')
          .sort()
          .pop() || null,
        trans
      )
    );
  return (
    <Section title={trans.__('Usage')}>
      <p className="jp-EnvStore-hint">
        {trans.__(
          'Builds share files. What is of its own comes back when it alone goes.'
        )}
      </p>
      {usages === null && <Skeleton lines={3} />}
      {items.slice(0, isWhole ? undefined : MOST).map(item => (
        <details key={item.path} className="jp-EnvStoreDetail-usage">
          <summary>
            {item.path}{' '}
            <span>
              {facts(
                item,
                item.builds.map(({ last_used_on }) => last_used_on)
              )}
            </span>
            <span className="jp-EnvStoreDetail-usageBar" aria-hidden="true">
              <span style={{ width: `${(100 * item.own) / most}%` }} />
              <span
                style={{ width: `${(100 * (item.size - item.own)) / most}%` }}
              />
            </span>
          </summary>
          <ul>
            {item.builds.map(build => (
              <li key={build.id}>
                {trans.__(
                  'Build %1: %2',
                  build.id,
                  facts(build, [build.last_used_on])
                )}
              </li>
            ))}
          </ul>
        </details>
      ))}
      {!isWhole && items.length > MOST && (
        <Action
          label={trans.__('Show all %1', items.length)}
          onClick={() => setWhole(true)}
        />
      )}
    </Section>
  );
}
