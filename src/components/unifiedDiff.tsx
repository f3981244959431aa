import * as React from 'react';

/** A unified diff; added and removed lines keep their signs, so that colour is not needed. */
export function UnifiedDiff(props: {
  diff: string;
  label: string;
}): JSX.Element {
  const { diff, label } = props;
  const lines = diff.replace(/\n$/, '').split('\n');
  return (
    <pre
      className="jp-EnvStore-diff"
      role="region"
      tabIndex={0}
      aria-label={label}
    >
      {lines.map((line, index) => (
        <DiffLine key={index} line={line} isHeading={index < 2} />
      ))}
    </pre>
  );
}

function DiffLine(props: { line: string; isHeading: boolean }): JSX.Element {
  const { line, isHeading } = props;
  const text = `${line}\n`;
  if (!isHeading && line.startsWith('+')) {
    return <ins>{text}</ins>;
  }
  if (!isHeading && line.startsWith('-')) {
    return <del>{text}</del>;
  }
  return <span>{text}</span>;
}
