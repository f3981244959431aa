import * as React from 'react';
import type { IBuild } from '../api/types';
import { useTrans } from '../components/context';
import { activity, formatMoment, shownId } from '../components/format';
import { StateBadge } from '../components/stateBadge';
import type { EnvironmentModel } from '../model/environment';

/** Which build the tab shows, and how that one is. */
export function BuildPicker(props: { model: EnvironmentModel }): JSX.Element {
  const trans = useTrans();
  const { model } = props;
  const shown = model.selected?.build ?? null;
  const { builds } = model;
  const name = (build: IBuild): string =>
    build.published
      ? trans.__(
          '%1 – current, %2',
          shownId(build.id),
          formatMoment(build.scheduled_on)
        )
      : trans.__(
          '%1 – %2, %3',
          shownId(build.id),
          activity(build, trans),
          formatMoment(build.scheduled_on)
        );
  return (
    <div className="jp-EnvStoreDetail-picker">
      <label>
        {trans._p('noun', 'Build')}{' '}
        <select
          className="jp-EnvStore-choice"
          value={model.selected?.id ?? ''}
          onChange={event => model.select(Number(event.target.value))}
        >
          {(shown && !builds.some(({ id }) => id === shown.id)
            ? [...builds, shown]
            : builds
          ).map(build => (
            <option key={build.id} value={build.id}>
              {name(build)}
            </option>
          ))}
        </select>
      </label>
      {shown && <StateBadge build={shown} />}
    </div>
  );
}
