import * as React from 'react';
import type { IFailure, IProblem } from '../api/types';
import { useTrans } from './context';

/** Why something failed: the cause, the line of the specification at fault, and what may help. */
export function FailureText(props: {
  failure: IFailure;
  /** The specification. */
  text: string;
}): JSX.Element {
  const trans = useTrans();
  const { failure, text } = props;
  const isHintShown = failure.problems.some(
    ({ hint, line }) => line !== null && hint === failure.hint
  );
  return (
    <>
      <p className="jp-EnvStore-failureMessage">{failure.message}</p>
      {failure.problems.map((problem, index) => (
        <FaultyLine
          key={index}
          problem={problem}
          text={text}
          isMessageShown={problem.message === failure.message}
        />
      ))}
      {failure.hint && !isHintShown && (
        <p className="jp-EnvStore-hint">{failure.hint}</p>
      )}
      {failure.suggestions.length > 0 && (
        <>
          <p>{trans.__('What may help:')}</p>
          <ul>
            {failure.suggestions.map(suggestion => (
              <li key={suggestion}>{suggestion}</li>
            ))}
          </ul>
        </>
      )}
      {failure.explanation && (
        <pre
          className="jp-EnvStore-explanation"
          tabIndex={0}
          aria-label={trans.__('Explanation of the solver')}
        >
          {failure.explanation}
        </pre>
      )}
    </>
  );
}

/** The line of the specification that a problem is about. */
function FaultyLine(props: {
  problem: IProblem;
  text: string;
  /** The message stands above already. */
  isMessageShown: boolean;
}): JSX.Element | null {
  const trans = useTrans();
  const { problem, text, isMessageShown } = props;
  const line =
    problem.line === null ? undefined : text.split('\n')[problem.line - 1];
  if (line === undefined) {
    return null;
  }
  return (
    <figure className="jp-EnvStore-faulty">
      <figcaption>
        {isMessageShown
          ? trans.__('Line %1', problem.line)
          : trans.__('Line %1: %2', problem.line, problem.message)}
      </figcaption>
      <code>{line}</code>
      {problem.hint && <p className="jp-EnvStore-hint">{problem.hint}</p>}
    </figure>
  );
}
