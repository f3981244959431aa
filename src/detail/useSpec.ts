import * as React from 'react';
import type { DraftModel } from '../model/draft';
import type { Change } from '../spec/changes';
import { editFor } from '../spec/changes';
import { SpecDocument } from '../spec/document';
import { applyEdit } from '../spec/spans';

/** What every part of the form is given. */
export interface IFormProps {
  draft: DraftModel;
  /** The draft's text, read. */
  spec: SpecDocument;
  /** Make a change of the text; false if it can only be made in the YAML. */
  change: (change: Change) => boolean;
  /** Tell those who cannot see what happened. */
  announce: (message: string) => void;
}

/** A draft's text, read, and a way to change it part by part. */
export interface ISpec extends Pick<IFormProps, 'spec' | 'change'> {
  /** Whether the last change could only be made in the YAML. */
  isRefused: boolean;
}

export function useSpec(draft: DraftModel): ISpec {
  // A lockfile is none, and too long to be read as one.
  const text = draft.lockfile ? '' : draft.text;
  const [refused, setRefused] = React.useState<string | null>(null);
  const spec = React.useMemo(() => new SpecDocument(text), [text]);
  const change = (wanted: Change): boolean => {
    // Not always `spec`: several changes may come before the next drawing.
    const now = draft.text === spec.text ? spec : new SpecDocument(draft.text);
    const edit = editFor(now, wanted);
    setRefused(edit === null ? draft.text : null);
    if (edit) {
      draft.setText(applyEdit(draft.text, edit));
    }
    return edit !== null;
  };
  return { spec, change, isRefused: refused === text };
}
