import * as React from 'react';
import type { IPackage } from '../api/types';
import { Combobox } from '../components/combobox';
import { useTrans } from '../components/context';
import { FieldProblems, saidOf, useWritten } from '../components/field';
import type { ISaid } from '../components/field';
import { RemoveButton } from '../components/removeButton';
import { useSignal } from '../components/useSignal';
import type { PackageSearch } from '../model/packageSearch';
import type { PackagesModel } from '../model/packages';
import type { IDependency } from '../spec/document';
import type { IRequirement } from '../spec/matchspec';
import {
  normalizedPipName,
  packageName,
  splitMatchSpec,
  splitPipRequirement,
  withConstraint
} from '../spec/matchspec';
import { statusOf } from './packageBox';
import type { IFormProps } from './useSpec';

/** The packages that are asked for, in the order of the text. */
export function RequestTable(props: IFormProps): JSX.Element {
  const trans = useTrans();
  const { draft, spec, change, announce } = props;
  const latest = React.useRef(spec);
  latest.current = spec;
  const body = React.useRef<HTMLTableSectionElement>(null);
  const { installed } = draft;
  React.useEffect(() => void installed?.load(), [installed]);

  const remove = (dependency: IDependency): void => {
    const places = latest.current.dependencies.map(({ place }) => place);
    const next = Math.min(places.indexOf(dependency.place), places.length - 2);
    if (change({ kind: 'remove', place: dependency.place })) {
      announce(trans.__('%1 removed', dependency.text));
      // The focus goes to what has taken the place, or to where the next is added.
      requestAnimationFrame(() => {
        const buttons = body.current?.querySelectorAll<HTMLElement>(
          '[data-envstore-remove]'
        );
        (
          buttons?.[Math.max(next, 0)] ??
          document.getElementById(`${draft.id}-add`)
        )?.focus();
      });
    }
  };

  const { dependencies } = spec;
  const channels = spec.channels.map(({ text }) => text);
  if (dependencies.length === 0) {
    return (
      <p className="jp-EnvStoreSpec-none">
        {trans.__('No packages yet. Add the first one below.')}
      </p>
    );
  }
  return (
    <table className="jp-EnvStoreSpec-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Package')}</th>
          <th scope="col">{trans.__('Constraint')}</th>
          {installed && <th scope="col">{trans.__('Installed')}</th>}
          <th>
            <span className="jp-EnvStore-hidden">{trans.__('Remove')}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {dependencies.map(dependency => (
          <Row
            key={dependency.place}
            draft={draft}
            change={change}
            channels={channels}
            dependency={dependency}
            said={saidOf(
              draft,
              dependency.place,
              `${idOf(draft, dependency.place)}-problems`
            )}
            installed={installed}
            onRemove={() => remove(dependency)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface IRowProps extends Pick<IFormProps, 'draft' | 'change'> {
  channels: readonly string[];
  dependency: IDependency;
  said: ISaid;
  installed: PackagesModel | null;
  onRemove: () => void;
}

/** There may be hundreds of them: each is drawn again when something of it has changed. */
const Row = React.memo(
  PlainRow,
  (one, other) =>
    one.draft === other.draft &&
    one.installed === other.installed &&
    shownBy(one) === shownBy(other)
);

function shownBy({ channels, dependency, said }: IRowProps): string {
  return JSON.stringify([channels, said, { ...dependency, line: 0 }]);
}

function PlainRow(props: IRowProps): JSX.Element {
  const trans = useTrans();
  const { dependency, said, installed, onRemove } = props;
  const { text, manager, comment } = dependency;
  const parts = partsOf(dependency);
  const name = parts ? parts.name + parts.extras : packageName(text);
  return (
    <tr data-manager={manager}>
      <th scope="row">
        <span className="jp-EnvStoreSpec-name">{name || '–'}</span>
        {manager === 'pip' && (
          <span
            className="jp-EnvStoreSpec-badge"
            title={trans.__('Installed by pip, from the pip section')}
          >
            {trans.__('pip')}
          </span>
        )}
        {comment && (
          <span
            className="jp-EnvStoreSpec-comment"
            title={trans.__('The comment in the YAML')}
          >
            {comment}
          </span>
        )}
      </th>
      <td>
        <Constraint {...props} parts={parts} />
        <FieldProblems {...said} />
      </td>
      {installed && (
        <td className="jp-EnvStoreSpec-version">
          <Installed model={installed} dependency={dependency} name={name} />
        </td>
      )}
      <td className="jp-EnvStoreSpec-rowActions">
        <RemoveButton
          label={trans.__('Remove %1', name || text)}
          onClick={onRemove}
        />
      </td>
    </tr>
  );
}

/** Its constraint, or all of what cannot be shown as name and constraint. */
function Constraint(
  props: IRowProps & { parts: IRequirement | null }
): JSX.Element {
  const trans = useTrans();
  const { draft, channels, dependency, parts, change, said } = props;
  const { place, text, manager } = dependency;
  const [started, setStarted] = React.useState<IRequirement | null>(parts);
  const field = useWritten(parts ? parts.constraint : text);
  const [isWriting, setWriting] = React.useState(false);
  // While it is written it stays what it was when it began, whatever it looks like meanwhile.
  const now = isWriting ? started : parts;
  const isVersioned = now !== null && manager === 'conda';
  const { search } = draft;
  useSignal(isWriting ? search.changed : null);

  const write = (value: string): void => {
    field.write(value);
    const wanted = now ? withConstraint(now, value, manager) : value.trim();
    if (wanted !== '') {
      change({ kind: 'set', place, value: wanted });
    }
  };
  const versions = isWriting && isVersioned ? versionsOf(search, now.name) : [];
  const label = now
    ? trans.__('Constraint of %1', now.name)
    : trans.__('%1, as it is written', text);
  if (!dependency.isEditable) {
    return (
      <code title={trans.__('This can only be changed in the YAML.')}>
        {text}
      </code>
    );
  }
  return (
    <div className="jp-EnvStoreSpec-constraint">
      <Combobox
        id={`${idOf(draft, place)}-constraint`}
        label={label}
        isLabelHidden
        value={field.value}
        placeholder={now ? trans.__('any version') : ''}
        groups={[
          {
            label: versions.length > 0 ? trans.__('Versions') : '',
            options: versions.map(version => ({
              id: version,
              content: <code>{version}</code>
            }))
          }
        ]}
        status={
          isWriting && isVersioned
            ? statusOf(search, trans, ({ packages }) =>
                packages.length > 0
                  ? ''
                  : trans.__('No package of the channels has this very name.')
              )
            : ''
        }
        describedBy={said.describedBy}
        isInvalid={said.isInvalid}
        onFocus={() => {
          setStarted(parts);
          setWriting(true);
          field.begin();
          // Once more, if they could not be read.
          void props.installed?.load();
          if (parts && manager === 'conda') {
            search.versions(parts.name, channels);
          }
        }}
        onBlur={() => {
          setWriting(false);
          field.end();
          search.clear();
        }}
        onInput={write}
        onChoose={version => write(`=${version}`)}
      />
      {!now && (
        <span
          className="jp-EnvStoreSpec-badge"
          title={trans.__(
            'It says more than a name and a constraint, and is kept as it is written.'
          )}
        >
          {trans.__('as written')}
        </span>
      )}
    </div>
  );
}

/** The version in the current build. */
function Installed(props: {
  model: PackagesModel;
  dependency: IDependency;
  name: string;
}): JSX.Element {
  const trans = useTrans();
  const { model, dependency, name } = props;
  useSignal(model.changed);
  if (model.packages === null) {
    const { error } = model;
    return <span title={error?.message}>{error ? '–' : '…'}</span>;
  }
  const found = installedPackage(model.packages, dependency.manager, name);
  return found ? (
    <span title={`${found.name} ${found.version} ${found.build}`}>
      {found.version}
    </span>
  ) : (
    <span title={trans.__('Not in the current build')}>–</span>
  );
}

function installedPackage(
  packages: readonly IPackage[],
  manager: IDependency['manager'],
  name: string
): IPackage | undefined {
  const bare = name.replace(/\s*\[.*$/, '');
  return manager === 'conda'
    ? packages.find(item => item.name === bare.toLowerCase())
    : packages.find(
        item => normalizedPipName(item.name) === normalizedPipName(bare)
      );
}

function partsOf({ text, manager }: IDependency): IRequirement | null {
  return manager === 'conda' ? splitMatchSpec(text) : splitPipRequirement(text);
}

function versionsOf(search: PackageSearch, name: string): string[] {
  const { found } = search;
  return found?.query === name
    ? found.packages.map(({ version }) => version)
    : [];
}

function idOf(draft: IFormProps['draft'], place: string): string {
  return `${draft.id}-${place.replace(/[^a-z0-9]+/g, '-')}`;
}
