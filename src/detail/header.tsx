import * as React from 'react';
import type { IEnvironment } from '../api/types';
import { isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useTrans } from '../components/context';
import { formatBytes, formatMoment, shownId } from '../components/format';
import { MenuButton } from '../components/menuButton';
import { StateBadge } from '../components/stateBadge';

/** What has no button of its own. */
const IN_MENU = [
  CommandIDs.lookForUpdates,
  CommandIDs.newConsole,
  CommandIDs.openTerminal,
  CommandIDs.copyLink,
  CommandIDs.copyPath
];

/** What the environment is, how it is, and what can be done with it. */
export function Header(props: { environment: IEnvironment }): JSX.Element {
  const trans = useTrans();
  const { environment } = props;
  const target = {
    namespace: environment.namespace.name,
    name: environment.name
  };
  const { latest_build: latest, published_build: published } = environment;
  return (
    <div className="jp-EnvStoreDetail-header">
      <div className="jp-EnvStoreDetail-title">
        <h2>{environment.name}</h2>
        <span>{trans.__('namespace %1', target.namespace)}</span>
        {latest && <StateBadge build={latest} />}
      </div>
      <p className="jp-EnvStoreDetail-facts">
        {published ? (
          <>
            <span>
              {trans.__(
                'Build %1 is current, from %2',
                shownId(published.id),
                formatMoment(published.scheduled_on)
              )}
            </span>
            {published.size !== null && (
              <span>{formatBytes(published.size)}</span>
            )}
          </>
        ) : (
          trans.__('No build of it is ready yet.')
        )}
        {environment.prefix && published && (
          <code title={trans.__('The link to the current build')}>
            {environment.prefix}
          </code>
        )}
      </p>
      <p className="jp-EnvStoreDetail-description">
        <span>{environment.description || trans.__('No description')}</span>
        <CommandButton command={CommandIDs.describe} args={target} compact />
      </p>
      <div
        className="jp-EnvStoreDetail-actions"
        role="group"
        aria-label={trans.__('Actions on %1', environment.name)}
      >
        <CommandButton
          command={CommandIDs.newNotebook}
          args={target}
          emphasis="accept"
        />
        <CommandButton command={CommandIDs.useInNotebook} args={target} />
        {latest && isActive(latest) ? (
          <CommandButton command={CommandIDs.cancel} args={target} />
        ) : (
          <CommandButton command={CommandIDs.rebuild} args={target} />
        )}
        <CommandButton command={CommandIDs.edit} args={target} />
        <CommandButton command={CommandIDs.duplicate} args={target} />
        <CommandButton command={CommandIDs.deleteEnvironment} args={target} />
        <MenuButton
          className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
          name={trans.__('More actions on %1', environment.name)}
          title={trans.__('More actions')}
          items={() => [
            ...IN_MENU.map(command => ({ command, args: target })),
            {
              command: CommandIDs.open,
              args: { ...target, tab: 'artifacts' }
            }
          ]}
        >
          ⋯
        </MenuButton>
      </div>
    </div>
  );
}
