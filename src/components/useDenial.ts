import { useUserInterface } from './context';

/** Why the user may not run a command; null if the user may. */
export function useDenial(command: string): string | null {
  const { commands } = useUserInterface();
  return commands.isEnabled(command) ? null : commands.caption(command);
}
