import * as React from 'react';
import type { IBuild, IPackage } from '../api/types';
import { CommandIDs } from '../commandIds';
import { Action } from '../components/action';
import { useTrans, useUserInterface } from '../components/context';
import { formatBytes } from '../components/format';
import { pinOf, reasonOf } from '../packageTable';
import { lockfileKind } from '../spec/naming';

/** One package in full, why it is there, and what the specification could say of it. */
export function PackageDetails(props: {
  build: IBuild;
  item: IPackage;
  packages: readonly IPackage[];
}): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { build, item, packages } = props;
  const reason = reasonOf(item, packages);
  const target = {
    namespace: build.namespace,
    name: build.name,
    buildId: build.id
  };
  const denial = !commands.isEnabled(CommandIDs.edit, target)
    ? commands.caption(CommandIDs.edit, target)
    : lockfileKind(build.text)
      ? trans.__(
          'The build will have exactly the packages that the lockfile names. Nothing is solved, so there is nothing to edit.'
        )
      : null;
  const ask = (dependency: string): void =>
    void commands.execute(CommandIDs.edit, {
      ...target,
      dependency,
      manager: item.manager
    });
  return (
    <div className="jp-EnvStoreDetail-package">
      {item.summary && <p>{item.summary}</p>}
      <p>
        {item.requested
          ? trans.__('The specification asks for it.')
          : reason.length > 1
            ? trans.__(
                'It is here because of: %1',
                reason.map(({ name }) => name).join(' ← ')
              )
            : trans.__('No package of the build depends on it.')}
      </p>
      {item.required_by.length > 0 && (
        <p>
          {trans.__(
            '%1: %2',
            trans.__('Required by'),
            item.required_by.join(', ')
          )}
        </p>
      )}
      {item.size > 0 && (
        <p>{trans.__('%1: %2', trans.__('Size'), formatBytes(item.size))}</p>
      )}
      {item.depends.length > 0 && (
        <>
          <p>{trans.__('It depends on:')}</p>
          <ul>
            {item.depends.map(text => (
              <li key={text}>
                <code>{text}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="jp-EnvStoreDetail-actions">
        {!item.requested && (
          <SpecificationAction
            label={trans.__('Add to Specification')}
            denial={denial}
            onClick={() => ask(item.name)}
          />
        )}
        <SpecificationAction
          label={trans.__('Pin %1', pinOf(item))}
          denial={denial}
          onClick={() => ask(pinOf(item))}
        />
      </div>
    </div>
  );
}

function SpecificationAction(props: {
  label: string;
  /** Why it is not possible. */
  denial: string | null;
  onClick: () => void;
}): JSX.Element {
  const trans = useTrans();
  return (
    <Action
      label={props.label}
      caption={
        props.denial ??
        trans.__('Change the specification; nothing is built yet')
      }
      isDisabled={props.denial !== null}
      onClick={props.onClick}
    />
  );
}
