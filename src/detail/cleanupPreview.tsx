import * as React from 'react';
import type { ICleanup } from '../api/types';
import { useTrans } from '../components/context';
import { Section } from '../components/section';
import type { CleanupModel } from '../model/cleanup';
import { formatBytes, formatUse, statusLabel } from '../components/format';
import { Table } from '../components/table';

/** What goes and why, and what only stays because it is protected. */
export function CleanupPreview(props: {
  preview: ICleanup;
  /** Lets builds be taken out; left out when it is all over. */
  model?: CleanupModel;
}): JSX.Element {
  const trans = useTrans();
  const { model, preview } = props;
  const { cache, trash_bytes: trash } = preview;
  const builds = model ? model.candidates : preview.builds;
  const kept = preview.kept.filter(
    ({ id }) => !builds.some(build => build.id === id)
  );
  return (
    <>
      {builds.length > 0 && (
        <Table
          label={trans.__('Builds that go')}
          columns={[
            model !== undefined && trans.__('Goes'),
            trans._p('noun', 'Build'),
            trans.__('Environment'),
            trans.__('State'),
            trans.__('Last used'),
            trans.__('Why it goes'),
            trans.__('Comes back')
          ]}
        >
          {builds.map(build => (
            <tr key={build.id}>
              {model && (
                <td>
                  <input
                    type="checkbox"
                    className="jp-EnvStoreDetail-check"
                    aria-label={trans.__('Build %1 goes', build.id)}
                    checked={!model.isSpared(build.id)}
                    onChange={({ target }) =>
                      model.spare(build, !target.checked)
                    }
                  />
                </td>
              )}
              <th scope="row">{build.id}</th>
              <td>{`${build.namespace}/${build.environment}`}</td>
              <td>{statusLabel(build.status, trans)}</td>
              <td>{formatUse(build.last_used_on, trans)}</td>
              <td>{build.reason}</td>
              <td>{formatBytes(build.bytes)}</td>
            </tr>
          ))}
        </Table>
      )}
      {cache.entries > 0 && (
        <p>
          {trans._n(
            '%1 cached package or byte code that no build uses: %2',
            '%1 cached packages and byte code that no build uses: %2',
            cache.entries,
            formatBytes(cache.bytes)
          )}
        </p>
      )}
      {cache.left_alone && (
        <p className="jp-EnvStore-hint">{cache.left_alone}</p>
      )}
      {trash > 0 && (
        <p>{trans.__('What was deleted before: %1', formatBytes(trash))}</p>
      )}
      {kept.length > 0 && (
        <Section title={trans.__('Protected')}>
          <ul>
            {kept.map(build => (
              <li key={build.id}>
                {trans.__(
                  'Build %1 of %2: %3',
                  build.id,
                  `${build.namespace}/${build.environment}`,
                  build.reason
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
