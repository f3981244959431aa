import * as React from 'react';
import type { IProblem } from '../api/types';
import { useTrans } from './context';

/** Problems and warnings as text, each leading to its place where an editor shows it. */
export function ProblemList(props: {
  problems: readonly IProblem[];
  warnings?: readonly IProblem[];
  onChosen?: (problem: IProblem) => void;
}): JSX.Element | null {
  const { problems, warnings = [], onChosen } = props;
  if (problems.length + warnings.length === 0) {
    return null;
  }
  const item =
    (severity: 'error' | 'warning') =>
    (problem: IProblem, index: number): JSX.Element => (
      <li
        key={`${severity}${index}`}
        className="jp-EnvStore-problem"
        data-severity={severity}
      >
        <Problem problem={problem} severity={severity} onChosen={onChosen} />
      </li>
    );
  return (
    <ul className="jp-EnvStore-problems">
      {problems.map(item('error'))}
      {warnings.map(item('warning'))}
    </ul>
  );
}

function Problem(props: {
  problem: IProblem;
  severity: 'error' | 'warning';
  onChosen: ((problem: IProblem) => void) | undefined;
}): JSX.Element {
  const trans = useTrans();
  const { problem, severity, onChosen } = props;
  const kind = severity === 'error' ? trans.__('Error') : trans.__('Warning');
  const text = (
    <>
      {problem.message}
      {problem.hint && <span className="jp-EnvStore-hint">{problem.hint}</span>}
    </>
  );
  if (problem.line === null) {
    return (
      <span>
        <strong>{kind}</strong> {text}
      </span>
    );
  }
  const place =
    problem.column === null
      ? trans.__('line %1', problem.line)
      : trans.__('line %1, column %2', problem.line, problem.column);
  const sentence = (
    <>
      <strong>
        {kind}, {place}
      </strong>{' '}
      {text}
    </>
  );
  return onChosen ? (
    <button
      type="button"
      className="jp-EnvStore-problemButton"
      onClick={() => onChosen(problem)}
    >
      {sentence}
    </button>
  ) : (
    <span>{sentence}</span>
  );
}
