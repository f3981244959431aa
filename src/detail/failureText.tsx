import * as React from 'react';
import type { IFailure, IProblem } from '../api/types';
import type { IFix } from '../spec/fix';
import { askedAt } from '../spec/fix';
import { packageName } from '../spec/matchspec';
import { Action } from '../components/action';
import { useTrans } from '../components/context';

/** What can be done about a failure where it is told. */
export interface IRemedy {
  /** Change the specification, and let the user look at it. */
  apply: (fix: IFix) => void;
  /** Why the specification cannot be changed; null where it can. */
  reason: string | null;
  /** The channels that have a package, of those that the store knows. */
  channelsWith: (name: string) => Promise<readonly string[]>;
}

/** Why something failed: the cause, the line of the specification at fault, and what may help. */
export function FailureText(props: {
  failure: IFailure;
  /** The specification. */
  text: string;
  remedy: IRemedy;
}): JSX.Element {
  const trans = useTrans();
  const { failure, text, remedy } = props;
  const isHintShown = failure.problems.some(
    ({ hint, line }) => line !== null && hint === failure.hint
  );
  const isOffered = failure.problems.some(({ instead }) => instead.length > 0);
  return (
    <>
      <p className="jp-EnvStore-failureMessage">{failure.message}</p>
      {failure.problems.map((problem, index) => (
        <FaultyLine
          key={index}
          problem={problem}
          text={text}
          isMessageShown={problem.message === failure.message}
          remedy={remedy}
        />
      ))}
      {failure.hint && !isHintShown && (
        <p className="jp-EnvStore-hint">{failure.hint}</p>
      )}
      {!isOffered && failure.suggestions.length > 0 && (
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
        <details>
          <summary className="jp-EnvStore-foldName">
            {trans.__('Explanation of the solver')}
          </summary>
          <pre
            className="jp-EnvStore-explanation"
            tabIndex={0}
            aria-label={trans.__('Explanation of the solver')}
          >
            {failure.explanation}
          </pre>
        </details>
      )}
    </>
  );
}

/** The line of the specification that a problem is about, and what could stand there. */
function FaultyLine(props: {
  problem: IProblem;
  text: string;
  /** The message stands above already. */
  isMessageShown: boolean;
  remedy: IRemedy;
}): JSX.Element | null {
  const trans = useTrans();
  const { problem, text, isMessageShown, remedy } = props;
  const line =
    problem.line === null ? undefined : text.split('\n')[problem.line - 1];
  if (line === undefined) {
    return null;
  }
  const asked = askedAt(text, problem.place);
  return (
    <figure className="jp-EnvStore-faulty">
      <figcaption>
        {isMessageShown
          ? trans.__('Line %1', problem.line)
          : trans.__('Line %1: %2', problem.line, problem.message)}
      </figcaption>
      <code>{line}</code>
      {problem.hint && <p className="jp-EnvStore-hint">{problem.hint}</p>}
      {asked !== null && (
        <div className="jp-EnvStoreDetail-actions">
          {problem.instead.map(dependency => (
            <Action
              key={dependency}
              label={
                dependency === packageName(asked)
                  ? trans.__('Any Version of %1', dependency)
                  : trans.__('Use %1', dependency)
              }
              caption={
                remedy.reason ??
                trans.__('Write %1 instead of %2', dependency, asked)
              }
              isDisabled={remedy.reason !== null}
              onClick={() => remedy.apply({ dependency, instead: asked })}
            />
          ))}
          {problem.missing && (
            <MissingChannels name={problem.missing} remedy={remedy} />
          )}
        </div>
      )}
    </figure>
  );
}

/** The channels that have what those of the specification have not. */
function MissingChannels(props: {
  name: string;
  remedy: IRemedy;
}): JSX.Element {
  const trans = useTrans();
  const { name, remedy } = props;
  const [channels, setChannels] = React.useState<readonly string[]>([]);
  const ask = React.useRef(remedy.channelsWith);
  ask.current = remedy.channelsWith;
  React.useEffect(() => {
    // Without an answer nothing is offered: it is no more than an offer.
    ask.current(name).then(setChannels, () => undefined);
  }, [name]);
  return (
    <>
      {channels.map(channel => (
        <Action
          key={channel}
          label={trans.__('Add the Channel %1', channel)}
          caption={remedy.reason ?? trans.__('It has %1', name)}
          isDisabled={remedy.reason !== null}
          onClick={() => remedy.apply({ channel })}
        />
      ))}
    </>
  );
}
