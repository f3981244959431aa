import * as React from 'react';

/** A button that does something here; what is a command has a `CommandButton`. */
export function Action(props: {
  label: string;
  /** Left out of one that can never do it. */
  onClick?: () => void;
  /** Of a button that stays pressed. */
  isPressed?: boolean;
  isDisabled?: boolean;
  /** More than the label says; why not, of a button that is disabled. */
  caption?: string;
  /** Of a button whose label is a sign, or that of several. */
  name?: string;
  emphasis?: 'accept' | 'warn';
}): JSX.Element {
  const { label, onClick, isPressed, isDisabled, caption, name } = props;
  const look = props.emphasis ?? 'reject';
  return (
    <button
      type="button"
      className={`jp-EnvStore-button jp-Button jp-mod-styled jp-mod-${look}`}
      title={caption ?? name}
      aria-label={name}
      aria-pressed={isPressed}
      // It keeps the focus, so that everybody can find out why it does nothing.
      aria-disabled={isDisabled || undefined}
      aria-description={(isDisabled && caption) || undefined}
      onClick={isDisabled ? undefined : onClick}
    >
      {label}
    </button>
  );
}
