import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IDeed } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { formatMoment } from '../components/format';
import { Section } from '../components/section';
import type { EnvironmentModel } from '../model/environment';
import { Replied } from './replied';
import { useReply } from './useReply';

/** Deeds that are read at a time. */
const STEP = 20;

/** What was done to an environment, by whom and when; the newest deed first. */
export function History(props: { model: EnvironmentModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const [size, setSize] = React.useState(STEP);
  // Whatever is done to it changes one of these.
  const state = JSON.stringify([
    size,
    model.environment?.description,
    model.builds.map(
      ({ id, status, published, pinned, kernel_pinned, note }) => [
        id,
        status,
        published,
        pinned,
        kernel_pinned,
        note
      ]
    )
  ]);
  const reply = useReply(state, () => model.history(size));
  const { value } = reply;
  return (
    <Section title={trans.__('History')}>
      <Replied reply={reply} lines={3}>
        {({ data }) =>
          data.length === 0 ? (
            <p>{trans.__('Nothing is known of what was done to it.')}</p>
          ) : (
            <ul className="jp-EnvStoreOverview-list">
              {data.map(deed => (
                <li key={deed.id}>
                  <time>{formatMoment(deed.at)}</time>{' '}
                  <span>{sentence(deed, trans)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Replied>
      {value && value.count > value.data.length && (
        <Action
          label={trans.__('Show More')}
          onClick={() => setSize(size + STEP)}
        />
      )}
    </Section>
  );
}

function sentence(item: IDeed, trans: TranslationBundle): string {
  const who = item.actor ?? trans.__('The store');
  const build = item.build_id ?? '';
  const detail = item.detail ?? '';
  switch (item.deed) {
    case 'asked':
      return trans.__('%1 asked for build %2', who, build);
    case 'published':
      return trans.__('Build %1 was ready and became current', build);
    case 'switched':
      return trans.__('%1 made build %2 current', who, build);
    case 'canceled':
      return trans.__('%1 canceled build %2', who, build);
    case 'deleted':
      return trans.__('%1 deleted build %2', who, build);
    case 'pinned':
      return detail === 'kernel'
        ? trans.__('%1 pinned the kernel of build %2', who, build)
        : trans.__('%1 pinned build %2', who, build);
    case 'unpinned':
      return detail === 'kernel'
        ? trans.__('%1 took the pin off the kernel of build %2', who, build)
        : trans.__('%1 took the pin off build %2', who, build);
    case 'shelved':
      return trans.__('%1 took build %2 off the disk', who, build);
    case 'restored':
      return trans.__('%1 restored build %2', who, build);
    case 'annotated':
      return trans.__('%1 wrote a note on build %2', who, build);
    case 'described':
      return trans.__('%1 changed the description', who);
    case 'renamed':
      return trans.__('%1 renamed it; it was %2 before', who, detail);
    case 'cloned':
      return trans.__('%1 made it as a copy of %2', who, detail);
  }
}
