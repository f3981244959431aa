import '../../style/detail.css';
import '../../style/spec.css';
import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';
import type { IPackageDifference, ISolution } from '../api/types';
import type { IUserInterface } from '../components/context';
import { UserInterfaceProvider, useTrans } from '../components/context';
import { ControlDialog } from '../components/controlDialog';
import { ErrorCard } from '../components/errorCard';
import type { IRemedy } from './failureText';
import { FailureText } from './failureText';
import { formatBytes, formatDuration } from '../components/format';
import { ProblemList } from '../components/problemList';
import { useNow, useSignal } from '../components/useSignal';
import type { DraftModel } from '../model/draft';
import type { SolveModel } from '../model/solve';
import { fixed } from '../spec/fix';
import { ChangeTable } from './changeTable';

/**
 * Show what a draft would be built of, before it is built. To close the dialog ends the
 * solve on the server, too. Who asked for a build goes on to it with Enter.
 */
export async function previewSolution(
  draft: DraftModel,
  userInterface: IUserInterface,
  isBuildAskedFor = false
): Promise<void> {
  const { trans } = userInterface;
  const model = draft.solve();
  const remedy: IRemedy = {
    apply: fix => {
      draft.setText(fixed(draft.text, fix, draft.defaultChannels));
      dialog.reject();
    },
    reason: null,
    channelsWith: name => draft.channelsWith(name)
  };
  const body = ReactWidget.create(
    <UserInterfaceProvider value={userInterface}>
      <SolvePreview
        draft={draft}
        model={model}
        remedy={remedy}
        onShown={() => update()}
      />
    </UserInterfaceProvider>
  );
  body.addClass('jp-EnvStorePreview');
  const dialog = new ControlDialog({
    title: trans.__('What the build would change'),
    body,
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Build') })
    ],
    // What is disabled at first cannot have the focus.
    defaultButton: 0
  });
  dialog.addClass('jp-EnvStorePreview-dialog');
  const [cancel, accept] =
    dialog.node.querySelectorAll<HTMLButtonElement>('.jp-Dialog-button');
  // Where nobody answers, a build may still be asked for.
  const isReady = (): boolean =>
    !model.isSolving &&
    !model.solution?.failure &&
    !draft.conflict &&
    draft.text === model.text;
  const update = (): void => {
    if (accept) {
      accept.disabled = !isReady() || !draft.canBuild;
    }
    if (model.isSolving) {
      // The button that began it again goes, and would take the focus with it.
      cancel?.focus();
    } else if (isBuildAskedFor && document.activeElement === cancel) {
      accept?.focus();
    }
  };
  model.changed.connect(update);
  draft.changed.connect(update);
  update();
  const { button } = await dialog.launch();
  const isWanted = button.accept && isReady();
  draft.changed.disconnect(update);
  model.dispose();
  if (isWanted) {
    await draft.submit();
  }
}

function SolvePreview(props: {
  draft: DraftModel;
  model: SolveModel;
  remedy: IRemedy;
  onShown: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { draft, model, remedy, onShown } = props;
  useSignal(draft.changed);
  // It may be solved before, for a dialog waits until others are closed.
  React.useEffect(onShown, [onShown]);
  useSignal(model.changed);
  const { error, solution } = model;
  if (draft.text !== model.text) {
    return (
      <p role="alert">
        {trans.__(
          'The specification has changed meanwhile: close this, and look again.'
        )}
      </p>
    );
  }
  if (error) {
    return <ErrorCard error={error} onRetry={() => void model.start()} />;
  }
  if (solution === null) {
    return <Solving since={model.since} />;
  }
  return solution.failure ? (
    <div role="alert">
      <FailureText
        failure={solution.failure}
        text={model.text}
        remedy={remedy}
      />
    </div>
  ) : (
    <Solved solution={solution} />
  );
}

function Solving(props: { since: number }): JSX.Element {
  const trans = useTrans();
  const now = useNow(true);
  return (
    <div className="jp-EnvStorePreview-solving">
      <p role="status">{trans.__('Solving. Nothing is built yet.')}</p>
      <progress aria-label={trans.__('Solving')} />
      <span aria-hidden="true">
        {formatDuration((now - props.since) / 1000)}
      </span>
    </div>
  );
}

function Solved(props: { solution: ISolution }): JSX.Element {
  const trans = useTrans();
  const { solution } = props;
  const { difference, warnings, pip } = solution;
  const count = solution.packages?.length ?? 0;
  const isSame =
    difference !== null &&
    difference.added.length +
      difference.changed.length +
      difference.removed.length ===
      0;
  return (
    <>
      <div className="jp-EnvStorePreview-summary" role="status">
        <Counts solution={solution} />
        <span className="jp-EnvStorePreview-bytes">
          {solution.download_size > 0
            ? trans.__('↓ %1 to download', formatBytes(solution.download_size))
            : trans.__('Nothing to download')}
        </span>
        <span>
          {trans._n(
            '%1 package, %2',
            '%1 packages, %2',
            count,
            formatBytes(solution.size)
          )}
        </span>
        {difference && <Growth bytes={growthOf(difference)} />}
      </div>
      {isSame && (
        <p>
          {trans.__(
            'The packages of conda would be those of the current build, build %1.',
            solution.current_build_id ?? ''
          )}
        </p>
      )}
      {!isSame && <ChangeTable solution={solution} />}
      {pip.length > 0 && (
        <p className="jp-EnvStorePreview-pip">
          {trans.__('pip is asked for more when the build runs:')}{' '}
          {pip.map(line => (
            <code key={line}>{line} </code>
          ))}
        </p>
      )}
      <ProblemList problems={[]} warnings={warnings} />
    </>
  );
}

/** How much larger the packages are than those of the current build. */
function Growth(props: { bytes: number }): JSX.Element | null {
  const trans = useTrans();
  const { bytes } = props;
  const amount = formatBytes(Math.abs(bytes));
  return bytes === 0 ? null : (
    <span>
      {bytes > 0
        ? trans.__('%1 more than now', amount)
        : trans.__('%1 less than now', amount)}
    </span>
  );
}

function growthOf({ added, changed, removed }: IPackageDifference): number {
  const sum = (packages: readonly { size: number }[]): number =>
    packages.reduce((total, { size }) => total + size, 0);
  return (
    sum(added) -
    sum(removed) +
    sum(changed.map(({ after }) => after)) -
    sum(changed.map(({ before }) => before))
  );
}

/** Signs and words: the colours say nothing more. */
function Counts(props: { solution: ISolution }): JSX.Element {
  const trans = useTrans();
  const { difference, packages } = props.solution;
  const added = difference?.added.length ?? packages?.length ?? 0;
  const changed = difference?.changed.length ?? 0;
  const removed = difference?.removed.length ?? 0;
  return (
    <>
      <span className="jp-EnvStorePreview-count" data-change="added">
        {trans.__('+ %1 added', added)}
      </span>
      <span className="jp-EnvStorePreview-count" data-change="changed">
        {trans.__('~ %1 changed', changed)}
      </span>
      <span className="jp-EnvStorePreview-count" data-change="removed">
        {trans.__('− %1 removed', removed)}
      </span>
    </>
  );
}
