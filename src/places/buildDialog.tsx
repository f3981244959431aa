import '../../style/places.css';
import type { ISessionContext } from '@jupyterlab/apputils';
import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild } from '../api/types';
import { hasFiles } from '../api/types';
import type { ITarget } from '../commandIds';
import { ControlDialog } from '../components/controlDialog';
import { formatMoment, shownId } from '../components/format';
import type { IEnvStore } from '../tokens';

interface IOptions {
  store: IEnvStore;
  trans: TranslationBundle;
  sessionContext: ISessionContext;
}

/** Ask which environment, and which build of it, a notebook shall run on; null for none. */
export async function askForBuild(options: IOptions): Promise<ITarget | null> {
  const { store, trans, sessionContext } = options;
  const kernel = sessionContext.session?.kernel?.name;
  const ready = store.environments.environments
    .filter(({ published }) => published)
    .map(item => ({ namespace: item.namespace.name, name: item.name, item }));
  const present = ready.find(({ item }) =>
    item.kernels.some(({ name }) => name === kernel)
  );
  const first = present ?? ready[0];
  const dialog = new ControlDialog<ITarget | null>({
    title: trans.__('Change the environment of the notebook'),
    body: new BuildForm({
      ...options,
      choices: ready.map(({ namespace, name }) => ({ namespace, name })),
      first: first ? { namespace: first.namespace, name: first.name } : null
    }),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Use in Notebook') })
    ],
    focusNodeSelector: 'select'
  });
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}

interface IFormOptions extends IOptions {
  choices: readonly ITarget[];
  first: ITarget | null;
}

class BuildForm
  extends ReactWidget
  implements Dialog.IBodyWidget<ITarget | null>
{
  constructor(options: IFormOptions) {
    super();
    this._options = options;
    this._target = options.first;
    this.addClass('jp-EnvStoreForm');
  }

  getValue(): ITarget | null {
    return this._target;
  }

  protected override render(): JSX.Element {
    return (
      <Fields
        {...this._options}
        onChange={target => {
          this._target = target;
        }}
      />
    );
  }

  private readonly _options: IFormOptions;
  private _target: ITarget | null;
}

function Fields(
  props: IFormOptions & { onChange: (target: ITarget) => void }
): JSX.Element {
  const { choices, first, onChange, store, trans } = props;
  const [target, setTarget] = React.useState(first);
  const builds = useBuilds(store, target);
  if (target === null) {
    return <p>{trans.__('No build of any environment is ready yet.')}</p>;
  }
  const take = (next: ITarget): void => {
    setTarget(next);
    onChange(next);
  };
  const { namespace, name } = target;
  const current = store.environments.get(namespace, name)?.published_build?.id;
  const denial = store.allows('environment::update', namespace, name)
    ? undefined
    : trans.__('Your role in namespace %1 does not allow this.', namespace);
  return (
    <>
      <label>
        {trans.__('Environment')}
        <select
          value={keyOf(target)}
          onChange={event => {
            const chosen = choices.find(
              choice => keyOf(choice) === event.target.value
            );
            if (chosen) {
              take(chosen);
            }
          }}
        >
          {choices.map(choice => (
            <option key={keyOf(choice)}>{keyOf(choice)}</option>
          ))}
        </select>
      </label>
      <label>
        {trans._p('noun', 'Build')}
        <select
          value={target.buildId ?? ''}
          title={denial}
          // It keeps the focus, so that everybody can find out why there is no choice.
          aria-disabled={denial ? true : undefined}
          aria-description={denial}
          onChange={event => {
            const buildId = Number(event.target.value);
            take({ namespace, name, ...(buildId > 0 && { buildId }) });
          }}
        >
          <option value="">
            {trans.__('the current one: build %1', shownId(current ?? 0))}
          </option>
          {builds
            .filter(build => !denial && hasFiles(build) && build.id !== current)
            .map(({ id, scheduled_on: moment }) => (
              <option key={id} value={id}>
                {trans.__(
                  'build %1, from %2',
                  shownId(id),
                  formatMoment(moment)
                )}
              </option>
            ))}
        </select>
      </label>
      <p>
        {trans.__(
          'The kernel is started anew: variables are lost. An older build gets a kernel for itself, which stays when another one becomes current.'
        )}
      </p>
    </>
  );
}

/** The builds of an environment; none until they were read. */
function useBuilds(
  store: IEnvStore,
  target: ITarget | null
): readonly IBuild[] {
  const [builds, setBuilds] = React.useState<readonly IBuild[]>([]);
  const { namespace, name } = target ?? {};
  React.useEffect(() => {
    let isMeant = true;
    setBuilds([]);
    if (namespace !== undefined && name !== undefined) {
      store.buildsOf(namespace, name).then(
        found => isMeant && setBuilds(found),
        // The current one can be used without a list.
        () => undefined
      );
    }
    return () => {
      isMeant = false;
    };
  }, [store, namespace, name]);
  return builds;
}

function keyOf({ namespace, name }: ITarget): string {
  return `${namespace}/${name}`;
}
