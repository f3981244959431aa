import * as React from 'react';
import type { ICondaConfig, ICondaSetting } from '../api/types';
import { useTrans } from '../components/context';

/** The other files of conda, and what its settings mean for builds. */
export function CondaSettings(props: { config: ICondaConfig }): JSX.Element {
  const trans = useTrans();
  const { config } = props;
  const taken = config.settings.filter(({ reason }) => reason === null);
  const left = config.settings.filter(({ reason }) => reason !== null);
  return (
    <>
      <section aria-label={trans.__('Other configuration files')}>
        <h3>{trans.__('Other configuration files')}</h3>
        <OtherFiles config={config} />
      </section>
      <section aria-label={trans.__('Settings that builds use')}>
        <h3>{trans.__('Settings that builds use')}</h3>
        {taken.length > 0 ? (
          <SettingTable settings={taken} />
        ) : (
          <p>{trans.__('The files say nothing that concerns builds.')}</p>
        )}
      </section>
      {left.length > 0 && (
        <section aria-label={trans.__('Settings that builds do not use')}>
          <h3>{trans.__('Settings that builds do not use')}</h3>
          <SettingTable settings={left} hasReasons />
        </section>
      )}
    </>
  );
}

function OtherFiles(props: { config: ICondaConfig }): JSX.Element {
  const trans = useTrans();
  const { other_files: files } = props.config;
  if (files.length === 0) {
    return <p>{trans.__('Conda reads no other file.')}</p>;
  }
  return (
    <ul className="jp-EnvStoreConda-folders">
      {files.map(({ path, envs_dirs: folders, problem }) => (
        <li key={path}>
          <code>{path}</code>{' '}
          {problem ??
            (folders.length > 0
              ? trans.__('adds the folders %1', folders.join(', '))
              : trans.__('says nothing of folders with environments'))}
        </li>
      ))}
    </ul>
  );
}

function SettingTable(props: {
  settings: readonly ICondaSetting[];
  hasReasons?: boolean;
}): JSX.Element {
  const trans = useTrans();
  const { settings, hasReasons } = props;
  return (
    <table className="jp-EnvStoreDetail-table">
      <thead>
        <tr>
          <th scope="col">{trans.__('Setting')}</th>
          <th scope="col">{trans.__('Value')}</th>
          <th scope="col">{trans.__('From')}</th>
          {hasReasons && <th scope="col">{trans.__('Why not')}</th>}
        </tr>
      </thead>
      <tbody>
        {settings.map(({ name, value, sources, reason }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="jp-EnvStoreConda-value">{value}</td>
            <td className="jp-EnvStoreConda-value">{sources.join(', ')}</td>
            {hasReasons && <td>{reason}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
