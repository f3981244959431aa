import * as React from 'react';
import type { IProblem } from '../api/types';

/** What the server says of a field, below it; the field refers to it by its id. */
export function FieldProblems(props: {
  id: string;
  problems: readonly IProblem[];
  warnings?: readonly IProblem[];
}): JSX.Element | null {
  const { id, problems, warnings = [] } = props;
  if (problems.length + warnings.length === 0) {
    return null;
  }
  return (
    <div id={id} className="jp-EnvStore-fieldProblems">
      {problems.map((problem, index) => (
        <p key={index} className="jp-EnvStore-problem" data-severity="error">
          {problem.message}
          {problem.hint && (
            <span className="jp-EnvStore-hint">{problem.hint}</span>
          )}
        </p>
      ))}
      {warnings.map((problem, index) => (
        <p key={index} className="jp-EnvStore-problem" data-severity="warning">
          {problem.message}
          {problem.hint && (
            <span className="jp-EnvStore-hint">{problem.hint}</span>
          )}
        </p>
      ))}
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
