import '../../style/detail.css';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IAdoption } from '../api/types';

/** Show what would be adopted, and adopt it when that is confirmed. */
export async function adoptBuilds(
  adopt: (isPreview: boolean) => Promise<IAdoption>,
  trans: TranslationBundle
): Promise<void> {
  const isAccepted = async (
    title: string,
    report: IAdoption,
    buttons: Dialog.IButton[]
  ): Promise<boolean> => {
    const body = <AdoptionReport report={report} trans={trans} />;
    const { button } = await showDialog({ title, body, buttons });
    return button.accept;
  };
  const isAgreed = await isAccepted(
    trans.__('Adopt builds?'),
    await adopt(true),
    [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Adopt Builds') })
    ]
  );
  if (isAgreed) {
    await isAccepted(trans.__('Adopted builds'), await adopt(false), [
      Dialog.okButton({ label: trans.__('Close') })
    ]);
  }
}

/** Which builds are adopted, which prefixes are left, and which builds are gone. */
function AdoptionReport(props: {
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
