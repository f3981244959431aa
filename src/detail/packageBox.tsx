import * as React from 'react';
import type { IFoundPackage } from '../api/types';
import type { IOptionGroup } from '../components/combobox';
import { Combobox } from '../components/combobox';
import { useTrans } from '../components/context';
import { useSignal } from '../components/useSignal';
import type { IFoundPackages, PackageSearch } from '../model/packageSearch';
import type { PackagesModel } from '../model/packages';
import type { IDependency } from '../spec/document';
import { packageName, requestsIn, splitMatchSpec } from '../spec/matchspec';
import type { IFormProps } from './useSpec';

/** What Enter adds: exactly what was typed. */
const AS_TYPED = 'as-typed';

/** Adds packages: found while their names are typed, or as they are typed. */
export function PackageBox(props: IFormProps): JSX.Element {
  const trans = useTrans();
  const { draft, spec, change, announce } = props;
  const { search } = draft;
  useSignal(search.changed);
  const [text, setText] = React.useState('');
  const [manager, setManager] = React.useState<IDependency['manager']>('conda');
  const [isHere, setHere] = React.useState(false);
  const known = new Map(
    spec.dependencies
      .filter(item => item.manager === manager)
      .map(item => [packageName(item.text), item])
  );
  // What is asked for without a name is not what else has none.
  known.delete('');

  const requests = requestsIn(text);

  const write = (value: string): void => {
    setText(value);
    if (manager === 'conda') {
      search.search(
        nameOf(requestsIn(value)),
        spec.channels.map(channel => channel.text)
      );
    }
  };

  const add = (all: readonly string[]): boolean => {
    const said: string[] = [];
    for (const wanted of all) {
      const name = packageName(wanted);
      const there = known.get(name);
      if (there && wanted === name) {
        said.push(trans.__('%1 is in the list already', wanted));
      } else if (
        change(
          there
            ? { kind: 'set', place: there.place, value: wanted }
            : {
                kind: 'add',
                list: manager === 'conda' ? 'dependencies' : 'pip',
                value: wanted
              }
        )
      ) {
        said.push(
          there
            ? trans.__('%1 changed to %2', name, wanted)
            : trans.__('%1 added', wanted)
        );
      } else {
        return false;
      }
    }
    announce(said.join(', '));
    setText('');
    search.clear();
    return true;
  };
  React.useEffect(() => {
    draft.typed = isHere && requests.length > 0 ? () => add(requests) : null;
    return () => {
      draft.typed = null;
    };
  });

  const groups: IOptionGroup[] = [
    {
      label: '',
      options: [
        {
          id: AS_TYPED,
          content: (
            <AsTyped
              requests={requests}
              known={known}
              note={
                manager === 'pip'
                  ? null
                  : isForPip(requests)
                    ? trans.__('Only pip can read this.')
                    : isMissing(search, nameOf(requests))
                      ? trans.__(
                          'No package of the channels has this very name.'
                        )
                      : null
              }
            />
          )
        }
      ]
    },
    ...(manager === 'conda' && isHere
      ? foundGroups(search, nameOf(requests), trans).map(group => ({
          label: group.label,
          options: group.packages.map(item => ({
            id: item.name,
            isDisabled: known.has(item.name),
            content: (
              <Found
                item={item}
                isKnown={known.has(item.name)}
                installed={draft.installed}
              />
            )
          }))
        }))
      : [])
  ];
  return (
    <div className="jp-EnvStoreSpec-add">
      <select
        className="jp-EnvStore-select"
        aria-label={trans.__('Installed by')}
        value={manager}
        onChange={event => {
          setManager(event.target.value as IDependency['manager']);
          search.clear();
        }}
      >
        <option value="conda">{trans.__('conda')}</option>
        <option value="pip">{trans.__('pip')}</option>
      </select>
      <Combobox
        id={`${draft.id}-add`}
        label={trans.__('Add a package')}
        isLabelHidden
        isFirstTaken
        isEmptied
        value={text}
        placeholder={
          manager === 'conda'
            ? trans.__('Add a package: numpy, numpy>=2, …')
            : trans.__('Add a requirement: flask, flask>=3, …')
        }
        groups={requests.length === 0 ? [] : groups}
        status={
          requests.length === 0 || manager === 'pip'
            ? ''
            : statusOf(search, trans, ({ query, packages: { length } }) =>
                length > 0
                  ? trans._n('%1 package found', '%1 packages found', length)
                  : trans.__('No package has "%1" in its name.', query)
              )
        }
        onInput={write}
        onFocus={() => {
          setHere(true);
          // What was found went away with the focus.
          write(text);
        }}
        onBlur={() => {
          setHere(false);
          search.clear();
        }}
        onChoose={id => add(id === AS_TYPED ? requests : [id])}
      />
    </div>
  );
}

/** The package that is looked for; empty where several are named. */
function nameOf(requests: readonly string[]): string {
  return requests.length > 1 ? '' : packageName(requests[0] ?? '');
}

/** Whether it has extras or a marker. */
function isForPip(requests: readonly string[]): boolean {
  return requests.some(request => /;|\[[^\]=]*\]/.test(request));
}

function AsTyped(props: {
  requests: readonly string[];
  known: ReadonlyMap<string, IDependency>;
  /** What there is to say against it. */
  note: string | null;
}): JSX.Element {
  const trans = useTrans();
  const { requests, known, note } = props;
  const name = nameOf(requests);
  const there = known.get(name);
  if (there && requests[0] === name) {
    return <>{trans.__('%1 is in the list already', name)}</>;
  }
  return (
    <>
      {there
        ? trans.__('Change %1 to', there.text)
        : trans.__('Add, as typed:')}{' '}
      {requests.map(request => (
        <code key={request}>{request} </code>
      ))}
      {!requests.every(splitMatchSpec) && (
        <span className="jp-EnvStoreSpec-badge">{trans.__('as written')}</span>
      )}
      {note && <span className="jp-EnvStoreSpec-summary">{note}</span>}
    </>
  );
}

/** Whether it is known by now that no package has the name that was typed. */
function isMissing(search: PackageSearch, name: string): boolean {
  const { found, isSearching } = search;
  return (
    name !== '' &&
    !isSearching &&
    found?.query === name &&
    found.message === null &&
    !found.packages.some(item => item.name === name)
  );
}

function Found(props: {
  item: IFoundPackage;
  isKnown: boolean;
  installed: PackagesModel | null;
}): JSX.Element {
  const trans = useTrans();
  const { item, isKnown, installed } = props;
  return (
    <>
      <span className="jp-EnvStoreSpec-foundName">{item.name}</span>{' '}
      <span className="jp-EnvStoreSpec-foundVersion">{item.version}</span>{' '}
      <span className="jp-EnvStoreSpec-foundChannel">
        {channelLabel(item.channel.name)}
      </span>
      {isKnown && (
        <span className="jp-EnvStoreSpec-badge">{trans.__('in the list')}</span>
      )}
      {installed && <Installed model={installed} name={item.name} />}
      {item.summary && (
        <span className="jp-EnvStoreSpec-summary">{item.summary}</span>
      )}
    </>
  );
}

/** The version in the current build, where it is there already. */
function Installed(props: {
  model: PackagesModel;
  name: string;
}): JSX.Element | null {
  const trans = useTrans();
  const { model, name } = props;
  useSignal(model.changed);
  const found = model.packages?.find(item => item.name === name);
  return found ? (
    <span className="jp-EnvStoreSpec-badge">
      {trans.__('%1: %2', trans.__('Installed'), found.version)}
    </span>
  ) : null;
}

type Trans = ReturnType<typeof useTrans>;

/** What was found, by how near the names are to what was typed. */
function foundGroups(
  search: PackageSearch,
  typed: string,
  trans: Trans
): { label: string; packages: IFoundPackage[] }[] {
  // While the next is looked for, what was found before is shown as far as it still fits.
  const fitting = (search.found?.packages ?? []).filter(({ name }) =>
    name.includes(typed)
  );
  const groups = [
    {
      label: trans.__('Exact'),
      packages: fitting.filter(({ name }) => name === typed)
    },
    {
      label: trans.__('Starts with'),
      packages: fitting.filter(
        ({ name }) => name !== typed && name.startsWith(typed)
      )
    },
    {
      label: trans.__('Contains'),
      packages: fitting.filter(({ name }) => !name.startsWith(typed))
    }
  ];
  return groups.filter(({ packages }) => packages.length > 0);
}

/** What there is to say of a search, and of what it found. */
export function statusOf(
  search: PackageSearch,
  trans: Trans,
  ofFound: (found: IFoundPackages) => string
): string {
  const { found, error, isSearching } = search;
  if (error) {
    return error.message;
  }
  if (isSearching) {
    return trans.__('Searching');
  }
  if (!found) {
    return '';
  }
  return (found.packages.length === 0 && found.message) || ofFound(found);
}

/** The last part of a channel's URL, which people call it by. */
export function channelLabel(url: string): string {
  return url.replace(/\/+$/, '').split('/').pop() ?? url;
}
