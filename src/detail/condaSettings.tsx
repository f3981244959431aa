import * as React from 'react';
import type { ICondaConfig, ICondaSetting } from '../api/types';
import { useTrans } from '../components/context';
import { Section } from '../components/section';
import { Table } from '../components/table';

/** The other files of conda, and what its settings mean for builds. */
export function CondaSettings(props: { config: ICondaConfig }): JSX.Element {
  const trans = useTrans();
  const { config } = props;
  const taken = config.settings.filter(({ reason }) => reason === null);
  const left = config.settings.filter(({ reason }) => reason !== null);
  return (
    <>
      <Section title={trans.__('Other configuration files')}>
        <OtherFiles config={config} />
      </Section>
      <Section title={trans.__('Settings that builds use')}>
        {taken.length > 0 ? (
          <SettingTable
            title={trans.__('Settings that builds use')}
            settings={taken}
          />
        ) : (
          <p>{trans.__('The files say nothing that concerns builds.')}</p>
        )}
      </Section>
      {left.length > 0 && (
        <Section title={trans.__('Settings that builds do not use')}>
          <SettingTable
            title={trans.__('Settings that builds do not use')}
            settings={left}
            hasReasons
          />
        </Section>
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
  title: string;
  settings: readonly ICondaSetting[];
  hasReasons?: boolean;
}): JSX.Element {
  const trans = useTrans();
  const { settings, hasReasons } = props;
  return (
    <Table
      label={props.title}
      columns={[
        trans.__('Setting'),
        trans.__('Value'),
        trans.__('From'),
        hasReasons === true && trans.__('Why not')
      ]}
    >
      {settings.map(({ name, value, sources, reason }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td className="jp-EnvStoreConda-value">{value}</td>
          <td className="jp-EnvStoreConda-value">{sources.join(', ')}</td>
          {hasReasons && <td>{reason}</td>}
        </tr>
      ))}
    </Table>
  );
}
