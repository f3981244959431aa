import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/** Takes something out of what is being written. */
export function RemoveButton(props: {
  /** What it takes out. */
  label: string;
  onClick: () => void;
}): JSX.Element {
  const { label, onClick } = props;
  return (
    <button
      type="button"
      className="jp-EnvStore-iconButton"
      data-envstore-remove=""
      title={label}
      aria-label={label}
      onClick={onClick}
    >
      <closeIcon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
    </button>
  );
}
