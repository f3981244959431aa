import { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';
import { useUserInterface } from './context';

/** A button that runs a command, named and enabled as the command says, or why not. */
export function CommandButton(props: {
  command: string;
  args: ReadonlyPartialJSONObject;
  /** Its name, if the label is that of several. */
  name?: string;
  /** Show the icon only; the label is still the button's name. */
  compact?: boolean;
  emphasis?: 'accept' | 'chip' | 'warn';
  /** False takes the button out of the tab order, where arrow keys reach it. */
  isTabStop?: boolean;
}): JSX.Element | null {
  const { commands } = useUserInterface();
  const { command, args, compact = false, emphasis, isTabStop = true } = props;
  useChanges(commands, command);
  if (!commands.hasCommand(command) || !commands.isVisible(command, args)) {
    return null;
  }
  const label = commands.label(command, args);
  const caption = commands.caption(command, args) || label;
  const icon = commands.icon(command, args);
  const isEnabled = commands.isEnabled(command, args);
  const classes = compact
    ? 'jp-EnvStore-iconButton'
    : emphasis === 'chip'
      ? 'jp-EnvStore-chip'
      : `jp-EnvStore-button jp-Button jp-mod-styled ${emphasis ? `jp-mod-${emphasis}` : 'jp-mod-reject'}`;
  return (
    <button
      type="button"
      className={classes}
      title={caption}
      aria-label={props.name ?? (compact ? label : undefined)}
      tabIndex={isTabStop ? undefined : -1}
      // It keeps the focus, so that everybody can find out why it does nothing.
      aria-disabled={isEnabled ? undefined : true}
      aria-description={isEnabled ? undefined : caption}
      onClick={event => {
        event.stopPropagation();
        if (commands.isEnabled(command, args)) {
          void commands.execute(command, args);
        }
      }}
    >
      {compact && icon instanceof LabIcon ? (
        <icon.react tag="span" stylesheet="menuItem" aria-hidden="true" />
      ) : (
        label
      )}
    </button>
  );
}

/** Render again when a command may have become another; there are many of others. */
function useChanges(commands: CommandRegistry, command: string): void {
  const [, render] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const onChanged = (
      _: CommandRegistry,
      { id = command }: CommandRegistry.ICommandChangedArgs
    ): void => {
      // Without an id, many have changed.
      if (id === command) {
        render();
      }
    };
    commands.commandChanged.connect(onChanged);
    return () => {
      commands.commandChanged.disconnect(onChanged);
    };
  }, [commands, command]);
}
