import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { FieldProblems, saidOf } from '../components/field';
import { RemoveButton } from '../components/removeButton';
import type { IEntry } from '../spec/document';
import type { IFormProps } from './useSpec';

/** The channels in the order in which they count. */
export function ChannelList(props: IFormProps): JSX.Element {
  const trans = useTrans();
  const { draft, spec, change, announce } = props;
  const list = React.useRef<HTMLOListElement>(null);
  const field = React.useRef<HTMLInputElement>(null);
  const [added, setAdded] = React.useState('');
  const { channels } = spec;

  const focus = (index: number, what: string): void => {
    // The row is drawn anew first. At an end, only the other direction is left, and
    // without any row the field below.
    requestAnimationFrame(() => {
      const row = list.current?.children[index];
      (
        row?.querySelector<HTMLElement>(`[data-move="${what}"]:enabled`) ??
        row?.querySelector<HTMLElement>('button:enabled') ??
        field.current
      )?.focus();
    });
  };
  const move = (index: number, by: 1 | -1): void => {
    const channel = channels[index];
    const to = index + by;
    if (
      channel &&
      to >= 0 &&
      to < channels.length &&
      change({ kind: 'swap', place: channel.place, by })
    ) {
      announce(
        trans.__(
          '%1 is channel %2 of %3 now',
          channel.text,
          to + 1,
          channels.length
        )
      );
      focus(to, String(by));
    }
  };
  const remove = (channel: IEntry, index: number): void => {
    if (change({ kind: 'remove', place: channel.place })) {
      announce(trans.__('%1 removed', channel.text));
      focus(Math.max(0, Math.min(index, channels.length - 2)), '');
    }
  };
  const add = (): void => {
    const value = added.trim();
    if (value === '') {
      return;
    }
    if (channels.some(channel => channel.text === value)) {
      announce(trans.__('%1 is in the list already', value));
    } else if (change({ kind: 'add', list: 'channels', value })) {
      announce(trans.__('%1 added', value));
    } else {
      return;
    }
    setAdded('');
  };

  return (
    <>
      {channels.length === 0 ? (
        <p className="jp-EnvStoreSpec-none">
          {trans.__(
            'None: the channels of the server are used (%1).',
            draft.defaultChannels.join(', ')
          )}
        </p>
      ) : (
        <ol ref={list} className="jp-EnvStoreSpec-channels">
          {channels.map((channel, index) => (
            <li
              key={channel.place}
              onKeyDown={event => {
                if (event.altKey && /^Arrow(Up|Down)$/.test(event.key)) {
                  event.preventDefault();
                  event.stopPropagation();
                  move(index, event.key === 'ArrowUp' ? -1 : 1);
                }
              }}
            >
              <span className="jp-EnvStoreSpec-channel">
                {channel.text}
                {channel.comment && (
                  <span className="jp-EnvStoreSpec-comment">
                    {channel.comment}
                  </span>
                )}
                <FieldProblems
                  {...saidOf(
                    draft,
                    channel.place,
                    `${draft.id}-channel-${index}`
                  )}
                />
              </span>
              <MoveButton
                by={-1}
                label={trans.__('Move %1 up (Alt+Up)', channel.text)}
                isDisabled={index === 0}
                onClick={() => move(index, -1)}
              />
              <MoveButton
                by={1}
                label={trans.__('Move %1 down (Alt+Down)', channel.text)}
                isDisabled={index === channels.length - 1}
                onClick={() => move(index, 1)}
              />
              <RemoveButton
                label={trans.__('Remove %1', channel.text)}
                onClick={() => remove(channel, index)}
              />
            </li>
          ))}
        </ol>
      )}
      <div className="jp-EnvStoreSpec-add">
        <input
          ref={field}
          type="text"
          className="jp-EnvStore-input"
          aria-label={trans.__('Add a channel')}
          placeholder={trans.__('Add a channel: a name or a URL')}
          list={`${draft.id}-channels`}
          spellCheck={false}
          value={added}
          onChange={event => setAdded(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
              event.preventDefault();
              add();
            }
          }}
        />
        <datalist id={`${draft.id}-channels`}>
          {draft.defaultChannels.map(channel => (
            <option key={channel} value={channel} />
          ))}
        </datalist>
        <Action
          label={trans.__('Add')}
          isDisabled={added.trim() === ''}
          onClick={add}
        />
      </div>
    </>
  );
}

function MoveButton(props: {
  by: 1 | -1;
  label: string;
  isDisabled: boolean;
  onClick: () => void;
}): JSX.Element {
  const { by, label, isDisabled, onClick } = props;
  const Icon = by === -1 ? caretUpIcon : caretDownIcon;
  return (
    <button
      type="button"
      className="jp-EnvStore-iconButton"
      data-move={by}
      title={label}
      aria-label={label}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
    </button>
  );
}
