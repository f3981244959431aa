import * as React from 'react';
import type { IProblem } from '../api/types';
import { useTrans } from './context';

/** What the server says of a field. */
export interface ISaid {
  /** The id of what is said. */
  id: string;
  problems: readonly IProblem[];
  warnings: readonly IProblem[];
  describedBy: string | undefined;
  isInvalid: boolean;
}

/** What is said of a place of the text. */
export function saidOf(
  draft: Pick<ISaid, 'problems' | 'warnings'>,
  place: string,
  id: string
): ISaid {
  const isOfIt = (problem: IProblem): boolean => problem.place === place;
  const problems = draft.problems.filter(isOfIt);
  const warnings = draft.warnings.filter(isOfIt);
  const isInvalid = problems.length > 0;
  const describedBy = isInvalid || warnings.length > 0 ? id : undefined;
  return { id, problems, warnings, describedBy, isInvalid };
}

/** What the server says of a field, below it; the field refers to it by its id. */
export function FieldProblems(
  props: Pick<ISaid, 'id' | 'problems' | 'warnings'>
): JSX.Element | null {
  const trans = useTrans();
  const { id, problems, warnings } = props;
  if (problems.length + warnings.length === 0) {
    return null;
  }
  const item =
    (severity: 'error' | 'warning') =>
    (problem: IProblem, index: number): JSX.Element => (
      <p
        key={`${severity}${index}`}
        className="jp-EnvStore-problem"
        data-severity={severity}
      >
        {severity === 'warning' && (
          <>
            <strong>{trans.__('Warning')}</strong>{' '}
          </>
        )}
        {problem.message}
        {problem.hint && (
          <span className="jp-EnvStore-hint">{problem.hint}</span>
        )}
      </p>
    );
  return (
    <div id={id} className="jp-EnvStore-fieldProblems">
      {problems.map(item('error'))}
      {warnings.map(item('warning'))}
    </div>
  );
}

/**
 * A text that is shown as it is known outside, but not while it is being written: what
 * is written may pass through what cannot be kept.
 */
export function useWritten(known: string): {
  value: string;
  begin: () => void;
  write: (value: string) => void;
  end: () => void;
} {
  const [written, setWritten] = React.useState<string | null>(null);
  return {
    value: written ?? known,
    begin: () => setWritten(known),
    write: value => setWritten(value),
    end: () => setWritten(null)
  };
}
