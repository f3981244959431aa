import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import type { BuildModel } from '../model/build';
import { LogEnd } from './logEnd';
import { CommandButton } from '../components/commandButton';
import { useUserInterface } from '../components/context';
import { shownId } from '../components/format';
import type { IRemedy } from './failureText';
import { FailureText } from './failureText';

/** Why a build failed: the cause, the line at fault, and what to do. */
export function FailureCard(props: {
  build: IBuild;
  model: BuildModel;
  /** Whether the end of the log is shown: not where the whole log is beside. */
  isLogShown?: boolean;
}): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { build, model, isLogShown = false } = props;
  const { failure } = build;
  const args = {
    namespace: build.namespace,
    name: build.name,
    buildId: build.id
  };
  const edit = { ...args, retry: true };
  const remedy: IRemedy = {
    apply: fix => void commands.execute(CommandIDs.edit, { ...args, ...fix }),
    reason: commands.isEnabled(CommandIDs.edit, edit)
      ? null
      : commands.caption(CommandIDs.edit, edit),
    channelsWith: name => model.channelsWith(name)
  };
  const headingId = `jp-EnvStore-failure-${build.id}`;
  return (
    <section className="jp-EnvStore-failure" aria-labelledby={headingId}>
      <h3 id={headingId}>{failureTitle(build, trans)}</h3>
      {failure ? (
        <FailureText failure={failure} text={build.text} remedy={remedy} />
      ) : (
        <p className="jp-EnvStore-failureMessage">
          {build.status_info ?? trans.__('The log tells more.')}
        </p>
      )}
      <div className="jp-EnvStoreDetail-actions">
        <CommandButton
          command={CommandIDs.edit}
          args={edit}
          emphasis="accept"
        />
        <CommandButton command={CommandIDs.rebuild} args={args} />
      </div>
      {isLogShown && <LogEnd log={model.log} />}
    </section>
  );
}

/** What failed, and for what sort of reason where that can be told in two words. */
function failureTitle(build: IBuild, trans: TranslationBundle): string {
  const id = shownId(build.id);
  switch (build.failure?.kind) {
    case 'memory':
      return trans.__('Build %1 failed: not enough memory', id);
    case 'timeout':
      return trans.__('Build %1 failed: it took too long', id);
    case 'disk':
      return trans.__('Build %1 failed: a problem with the disk', id);
    case 'path':
      return trans.__('Build %1 failed: a problem with the path', id);
    case 'network':
      return trans.__('Build %1 failed: a problem with the network', id);
    default:
      return trans.__('Build %1 failed', id);
  }
}
