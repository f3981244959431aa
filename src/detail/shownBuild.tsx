import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { shownId } from '../components/format';
import { Skeleton } from '../components/skeleton';
import { useSignal } from '../components/useSignal';
import type { BuildModel } from '../model/build';
import type { EnvironmentModel } from '../model/environment';

/** What a tab says of the build that was chosen, once that was read. */
export function ShownBuild(props: {
  model: EnvironmentModel;
  children: (build: IBuild, model: BuildModel) => React.ReactNode;
}): JSX.Element | null {
  const trans = useTrans();
  const { model, children } = props;
  useSignal(model.changed);
  if (model.selected) {
    return (
      <OneBuild key={model.selected.id} model={model.selected}>
        {children}
      </OneBuild>
    );
  }
  if (model.isLoading) {
    return <Skeleton lines={3} />;
  }
  if (model.missingId !== null) {
    return (
      <p role="alert">
        {trans.__(
          'Build %1 is not among the builds of %2.',
          shownId(model.missingId),
          model.name
        )}
      </p>
    );
  }
  return model.error ? null : <p>{trans.__('It has no builds.')}</p>;
}

function OneBuild(props: {
  model: BuildModel;
  children: (build: IBuild, model: BuildModel) => React.ReactNode;
}): JSX.Element {
  const { model, children } = props;
  useSignal(model.changed);
  const { build, error } = model;
  if (build === null) {
    return error ? (
      <ErrorCard error={error} onRetry={() => void model.refresh()} />
    ) : (
      <Skeleton lines={3} />
    );
  }
  return <>{children(build, model)}</>;
}
