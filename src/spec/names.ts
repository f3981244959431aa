/** What environments may be called: the rules of the server, told while a name is typed. */

export interface INameProblem {
  kind: 'empty' | 'characters' | 'dot' | 'device' | 'long';
  /** A name that would do; empty where there is none to think of. */
  suggestion: string;
}

/** Bytes of a directory's name. */
export const MAX_NAME_BYTES = 255;

const FORBIDDEN = /[^A-Za-z0-9\-+_@$&?^~.=]+/g;
const DEVICE = /^(CON|CONIN\$|CONOUT\$|PRN|AUX|NUL|(COM|LPT)[1-9])(\.|$)/i;

/** What is wrong with a name; null if it will do. */
export function nameProblem(name: string): INameProblem | null {
  const kind = kindOf(name);
  return kind && { kind, suggestion: suggestion(name, kind) };
}

function kindOf(name: string): INameProblem['kind'] | null {
  if (name === '') {
    return 'empty';
  }
  if (new RegExp(FORBIDDEN).test(name)) {
    return 'characters';
  }
  if (name.startsWith('.') || name.endsWith('.')) {
    return 'dot';
  }
  if (DEVICE.test(name)) {
    return 'device';
  }
  return new TextEncoder().encode(name).length > MAX_NAME_BYTES ? 'long' : null;
}

function suggestion(name: string, kind: INameProblem['kind']): string {
  if (kind === 'device') {
    return `${name}-env`;
  }
  const trimmed = name
    .trim()
    .replace(FORBIDDEN, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100);
  return kindOf(trimmed) === null ? trimmed : '';
}
