import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type {
  PartialJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';
import type { ITarget } from '../commandIds';
import { CommandIDs } from '../commandIds';
import { COMMANDS, PARAMETER, TEXTS } from './link';

export interface ILinkedCommand {
  command: string;
  args: ReadonlyPartialJSONObject;
}

/**
 * The address of an environment for other people: `lab?envstore=me/analysis`, which is short
 * enough to be said.
 */
export function shareLink(
  baseUrl: string,
  appUrl: string,
  { namespace, name, buildId }: ITarget
): string {
  const [first, second] = [namespace, name].map(part =>
    // A colon means nothing there, and is easier to be read as it is.
    encodeURIComponent(part).replace(/%3A/g, ':')
  );
  const build = buildId === undefined ? '' : `&buildId=${buildId}`;
  return `${URLExt.join(baseUrl, appUrl || 'lab')}?${PARAMETER}=${first}/${second}${build}`;
}

/** The command of a link, from the part of the address behind `?`; null if it has none. */
export function readLink(search: string): ILinkedCommand | null {
  const query = new URLSearchParams(search);
  const word = query.get(PARAMETER) ?? '';
  const [namespace, name, ...rest] = word.split('/');
  const isTarget = Boolean(namespace && name) && rest.length === 0;
  const command = isTarget ? CommandIDs.open : COMMANDS.get(word);
  if (command === undefined) {
    return null;
  }
  const args: PartialJSONObject = isTarget ? { namespace, name } : {};
  for (const text of TEXTS) {
    const value = query.get(text);
    if (value !== null && !(text in args)) {
      args[text] = value;
    }
  }
  if ('text' in args) {
    // It is nobody's yet, and is asked about before it goes.
    args.isChanged = true;
  }
  const buildId = Number(query.get('buildId'));
  if (Number.isSafeInteger(buildId) && buildId > 0) {
    args.buildId = buildId;
  }
  return { command, args };
}

/** Open what a link is about, or say why it cannot be opened. */
export async function openLink(
  search: string,
  commands: CommandRegistry,
  trans: TranslationBundle
): Promise<void> {
  const { command = CommandIDs.open, args = {} } = readLink(search) ?? {};
  const isAboutOne = command === CommandIDs.open || command === CommandIDs.edit;
  if (isAboutOne && !(args.namespace && args.name)) {
    // Without a name, they are about the document in front.
    Notification.warning(trans.__('The link names no environment.'));
  } else if (commands.isEnabled(command, args)) {
    await commands.execute(command, args);
  } else if (isAboutOne) {
    // An environment that may not be changed, or is not there, says so itself.
    await commands.execute(CommandIDs.open, args);
  } else {
    await showErrorMessage(
      commands.label(command, args),
      commands.caption(command, args)
    );
  }
}
