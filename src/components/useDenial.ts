import { useUserInterface } from './context';

/** Why the user may not change what a command shows; null if the user may. */
export function useDenial(command: string): string | null {
  const { commands } = useUserInterface();
  const args = { isWriting: true };
  return commands.isEnabled(command, args)
    ? null
    : commands.caption(command, args);
}
