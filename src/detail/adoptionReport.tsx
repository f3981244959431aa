import '../../style/detail.css';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IAdoption } from '../api/types';

/** Which builds are adopted, which prefixes are left, and which builds are gone. */
export function AdoptionReport(props: {
  report: IAdoption;
  trans: TranslationBundle;
}): JSX.Element {
  const { report, trans } = props;
  const { adopted, left, missing, dry_run: isPreview } = report;
  return (
    <div>
      <p>{heading(report, trans)}</p>
      <List label={trans.__('Builds')}>
        {adopted.map(build => {
          const of = `${build.namespace}/${build.environment}`;
          return (
            <li key={build.build_id}>
              {build.current
                ? trans.__('Build %1 of %2, current', build.build_id, of)
                : trans.__('Build %1 of %2', build.build_id, of)}
            </li>
          );
        })}
      </List>
      <List label={trans.__('Left as they are')}>
        {left
          .filter(({ removed }) => !removed)
          .map(({ prefix, reason }) => (
            <li key={prefix}>
              <code>{prefix}</code> {reason}
            </li>
          ))}
      </List>
      <List label={trans.__('Removed')}>
        {left
          .filter(({ removed }) => removed)
          .map(({ prefix, reason }) => (
            <li key={prefix}>
              <code>{prefix}</code> {reason}
            </li>
          ))}
      </List>
      <List label={trans.__('Gone')}>
        {missing.map(id => (
          <li key={id}>
            {isPreview
              ? trans.__(
                  'The files of build %1 are gone; it would be taken from the lists.',
                  id
                )
              : trans.__(
                  'The files of build %1 are gone; it was taken from the lists.',
                  id
                )}
          </li>
        ))}
      </List>
      {!isPreview && report.doubt && <p role="alert">{report.doubt}</p>}
    </div>
  );
}

function heading(
  { adopted, dry_run: isPreview }: IAdoption,
  trans: TranslationBundle
): string {
  if (adopted.length === 0) {
    return isPreview
      ? trans.__(
          'There is no build on disk that the database does not know. Adopting settles the doubt.'
        )
      : trans.__('There is no build that the database does not know.');
  }
  return isPreview
    ? trans._n(
        '%1 build is on disk that the database does not know. It would be known again, with its environment and kernels.',
        '%1 builds are on disk that the database does not know. They would be known again, with their environments and kernels.',
        adopted.length
      )
    : trans._n(
        '%1 build is known again.',
        '%1 builds are known again.',
        adopted.length
      );
}

function List(props: {
  label: string;
  children: JSX.Element[];
}): JSX.Element | null {
  const { label, children } = props;
  return children.length === 0 ? null : <ul aria-label={label}>{children}</ul>;
}
