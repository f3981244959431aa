import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IBuild, IProblem } from '../api/types';
import { CommandIDs } from '../commandIds';
import { CommandButton } from './commandButton';
import { useTrans } from './context';

/** Why a build failed: the cause, the line at fault, and what to do. */
export function FailureCard(props: { build: IBuild }): JSX.Element {
  const trans = useTrans();
  const { build } = props;
  const { failure } = build;
  const isHintShown = failure?.problems.some(
    ({ hint, line }) => line !== null && hint === failure.hint
  );
  const headingId = `jp-EnvStore-failure-${build.id}`;
  return (
    <section className="jp-EnvStore-failure" aria-labelledby={headingId}>
      <h3 id={headingId}>{failureTitle(build, trans)}</h3>
      <p className="jp-EnvStore-failureMessage">
        {failure?.message ??
          build.status_info ??
          trans.__('The log tells more.')}
      </p>
      {failure?.problems.map((problem, index) => (
        <FaultyLine
          key={index}
          problem={problem}
          text={build.text ?? ''}
          isMessageShown={problem.message === failure.message}
        />
      ))}
      {failure?.hint && !isHintShown && (
        <p className="jp-EnvStore-hint">{failure.hint}</p>
      )}
      {failure && failure.suggestions.length > 0 && (
        <>
          <p>{trans.__('What may help:')}</p>
          <ul>
            {failure.suggestions.map(suggestion => (
              <li key={suggestion}>{suggestion}</li>
            ))}
          </ul>
        </>
      )}
      {failure?.explanation && (
        <pre
          className="jp-EnvStore-explanation"
          tabIndex={0}
          aria-label={trans.__('Explanation of the solver')}
        >
          {failure.explanation}
        </pre>
      )}
      <CommandButton
        command={CommandIDs.edit}
        args={{
          namespace: build.namespace,
          name: build.name,
          buildId: build.id,
          retry: true
        }}
        emphasis="accept"
      />
      <CommandButton
        command={CommandIDs.rebuild}
        args={{
          namespace: build.namespace,
          name: build.name,
          buildId: build.id
        }}
      />
    </section>
  );
}

/** What failed, and for what sort of reason where that can be told in two words. */
function failureTitle(build: IBuild, trans: TranslationBundle): string {
  switch (build.failure?.kind) {
    case 'memory':
      return trans.__('Build %1 failed: not enough memory', build.id);
    case 'timeout':
      return trans.__('Build %1 failed: it took too long', build.id);
    case 'disk':
      return trans.__('Build %1 failed: a problem with the disk', build.id);
    case 'path':
      return trans.__('Build %1 failed: a problem with the path', build.id);
    case 'network':
      return trans.__('Build %1 failed: a problem with the network', build.id);
    default:
      return trans.__('Build %1 failed', build.id);
  }
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
