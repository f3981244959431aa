import * as React from 'react';
import type { EnvStoreError } from '../api/errors';
import type { IBuild } from '../api/types';
import { Action } from '../components/action';
import { useTrans } from '../components/context';
import { ErrorCard } from '../components/errorCard';
import type { EnvironmentModel } from '../model/environment';

/** What was noted on a build, and its tags. */
export function BuildNote(props: { build: IBuild }): JSX.Element | null {
  const { note, tags } = props.build;
  return note || tags.length > 0 ? (
    <p className="jp-EnvStoreBuilds-note">
      {note}{' '}
      {tags.map(tag => (
        <span key={tag} className="jp-EnvStoreBuilds-tag">
          {tag}
        </span>
      ))}
    </p>
  ) : null;
}

/** Writes the note and the tags of a build. */
export function NoteEditor(props: {
  model: EnvironmentModel;
  build: IBuild;
  onDone: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { model, build, onDone } = props;
  const [note, setNote] = React.useState(build.note);
  const [tags, setTags] = React.useState(build.tags.join(', '));
  const [error, setError] = React.useState<EnvStoreError | null>(null);
  const save = async (): Promise<void> => {
    const words = tags.split(',').map(tag => tag.trim());
    try {
      await model.annotate(build.id, note.trim(), words.filter(Boolean));
      onDone();
    } catch (reason) {
      setError(reason as EnvStoreError);
    }
  };
  return (
    <form
      className="jp-EnvStoreBuilds-form"
      aria-label={trans.__('Note on build %1', build.id)}
      onSubmit={event => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onDone();
        }
      }}
    >
      <label>
        {trans.__('Note')}
        <textarea
          autoFocus
          className="jp-EnvStore-input"
          rows={2}
          maxLength={10000}
          value={note}
          onChange={event => setNote(event.target.value)}
        />
      </label>
      <label>
        {trans.__('Tags, with commas between them')}
        <input
          type="text"
          className="jp-EnvStore-input"
          value={tags}
          onChange={event => setTags(event.target.value)}
        />
      </label>
      {error && <ErrorCard error={error} />}
      <div className="jp-EnvStoreDetail-actions">
        <Action label={trans.__('Save')} onClick={() => void save()} />
        <Action label={trans.__('Cancel')} onClick={onDone} />
      </div>
    </form>
  );
}
