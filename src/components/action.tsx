import * as React from 'react';

/** A button that does something here; what is a command has a `CommandButton`. */
export function Action(props: {
  label: string;
  onClick: () => void;
  /** Of a button that stays pressed. */
  isPressed?: boolean;
  isDisabled?: boolean;
  /** More than the label says. */
  caption?: string;
  /** Of a button whose label is a sign. */
  name?: string;
}): JSX.Element {
  const { label, onClick, isPressed, isDisabled, caption, name } = props;
  return (
    <button
      type="button"
      className="jp-EnvStore-button jp-Button jp-mod-styled jp-mod-reject"
      title={caption ?? name}
      aria-label={name}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
