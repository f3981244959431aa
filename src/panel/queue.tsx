import * as React from 'react';
import type { IQueuedBuild } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from '../components/commandButton';
import { useUserInterface } from '../components/context';
import { buildSeconds, formatDuration } from '../components/format';
import { StateBadge } from '../components/stateBadge';
import { useNow, useSignal } from '../components/useSignal';
import type { SidebarModel } from '../model/sidebar';
import { openMenu } from './tree';

/** The builds of everybody that run, and those that wait for their turn. */
export function Queue(props: {
  sidebar: Pick<SidebarModel, 'changed' | 'queue'>;
}): JSX.Element {
  const { trans } = useUserInterface();
  const { sidebar } = props;
  useSignal(sidebar.changed);
  const { queue } = sidebar;
  const now = useNow(queue.length > 0);
  const list = React.useRef<HTMLUListElement>(null);
  const focused = [...(list.current?.children ?? [])].findIndex(row =>
    row.contains(document.activeElement)
  );

  // Where the row with the focus is gone, the one that took its place has it.
  React.useLayoutEffect(() => {
    if (focused >= 0 && !list.current?.contains(document.activeElement)) {
      list.current?.children[Math.min(focused, queue.length - 1)]
        // Not the one that cancels: it would be pressed by mistake.
        ?.querySelector('button')
        ?.focus();
    }
  });

  return queue.length > 0 ? (
    <ul
      ref={list}
      className="jp-EnvStore-queue"
      aria-label={trans.__('Builds')}
      onKeyDown={event => {
        if (event.key === 'F10' && event.shiftKey) {
          event.preventDefault();
          openMenu(event.target as HTMLElement);
        }
      }}
    >
      {queue.map(item => (
        <QueueRow key={item.build.id} item={item} now={now} />
      ))}
    </ul>
  ) : (
    <p className="jp-EnvStore-empty">
      {trans.__('Nothing is built at present.')}
    </p>
  );
}

function QueueRow(props: { item: IQueuedBuild; now: number }): JSX.Element {
  const { trans, commands } = useUserInterface();
  const { namespace, environment: name, author, position, build } = props.item;
  const target = { namespace, name, buildId: build.id };
  const seconds = buildSeconds(build, props.now);
  return (
    <li
      className="jp-EnvStore-queued"
      title={author ?? undefined}
      data-namespace={namespace}
      data-name={name}
      data-build={build.id}
    >
      <span className="jp-EnvStore-rowText">
        <button
          type="button"
          className="jp-EnvStore-link jp-EnvStore-rowName"
          onClick={() =>
            void commands.execute(CommandIDs.open, { ...target, tab: 'log' })
          }
        >
          {trans.__('%1, build %2', `${namespace}/${name}`, build.id)}
        </button>
        <span className="jp-EnvStore-rowState">
          <StateBadge build={build} />{' '}
          <span>
            {position === null
              ? seconds !== null && formatDuration(Math.floor(seconds))
              : trans.__('place %1', position)}
          </span>
        </span>
      </span>
      <CommandButton command={CommandIDs.cancel} args={target} compact />
    </li>
  );
}
