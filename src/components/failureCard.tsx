import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from './commandButton';
import { useTrans } from './context';
import { FailureText } from './failureText';

/** Why a build failed: the cause, the line at fault, and what to do. */
export function FailureCard(props: { build: IBuild }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
  const { failure } = build;
  const headingId = `jp-EnvStore-failure-${build.id}`;
  return (
    <section className="jp-EnvStore-failure" aria-labelledby={headingId}>
      <h3 id={headingId}>{failureTitle(build, trans)}</h3>
      {failure ? (
        <FailureText failure={failure} text={build.text ?? ''} />
      ) : (
        <p className="jp-EnvStore-failureMessage">
          {build.status_info ?? trans.__('The log tells more.')}
        </p>
      )}
      <CommandButton
        command={CommandIDs.edit}
        args={{
          namespace: build.namespace,
          name: build.name,
          buildId: build.id,
          retry: true
        }}
        emphasis="accept"
      />
      <CommandButton
        command={CommandIDs.rebuild}
        args={{
          namespace: build.namespace,
          name: build.name,
          buildId: build.id
        }}
      />
    </section>
  );
}

/** What failed, and for what sort of reason where that can be told in two words. */
function failureTitle(build: IBuild, trans: TranslationBundle): string {
  switch (build.failure?.kind) {
    case 'memory':
      return trans.__('Build %1 failed: not enough memory', build.id);
    case 'timeout':
      return trans.__('Build %1 failed: it took too long', build.id);
    case 'disk':
      return trans.__('Build %1 failed: a problem with the disk', build.id);
    case 'path':
      return trans.__('Build %1 failed: a problem with the path', build.id);
    case 'network':
      return trans.__('Build %1 failed: a problem with the network', build.id);
    default:
      return trans.__('Build %1 failed', build.id);
  }
}
