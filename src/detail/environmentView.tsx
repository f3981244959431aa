import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import { useSignal } from '../components/useSignal';
import type { EnvironmentModel } from '../model/environment';
import { BuildList } from './buildList';
import { BuildView } from './buildView';
import { Header } from './header';

/** The document of one environment. */
export function EnvironmentView(props: {
  model: EnvironmentModel;
  factory: IEditorFactoryService;
}): JSX.Element {
  const trans = useTrans();
  const { model, factory } = props;
  useSignal(model.changed);
  const { environment, error, selected } = model;
  return (
    <div className="jp-EnvStoreDetail-content">
      {error && (
        <ErrorCard error={error} onRetry={() => void model.refresh()} />
      )}
      {environment && <Header environment={environment} />}
      {!environment && !model.isLoading && !error && (
        <p role="alert">
          {trans.__(
            'The environment %1 is not in namespace %2 any more.',
            model.name,
            model.namespace
          )}
        </p>
      )}
      {model.isLoading && (
        <div
          className="jp-EnvStore-skeleton"
          role="status"
          aria-busy="true"
          aria-label={trans.__('Loading')}
        />
      )}
      {selected && (
        <BuildView
          key={selected.id}
          model={selected}
          factory={factory}
          maxAttempts={model.maxAttempts}
        />
      )}
      {!model.isLoading && environment && (
        <section aria-label={trans.__('Builds')}>
          <h3>{trans.__('Builds')}</h3>
          <BuildList model={model} />
        </section>
      )}
    </div>
  );
}
