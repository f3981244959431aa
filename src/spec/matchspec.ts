/**
 * What a dependency asks for, taken apart and put together again without a byte lost.
 *
 * The form shows a name and a constraint. What says more than that (a channel, a build string,
 * brackets, a URL, an option of pip's) stays one text.
 */

/** A dependency as name and constraint: the four parts together are its text. */
export interface IRequirement {
  name: string;
  /** The extras of a pip requirement, with their brackets; else empty. */
  extras: string;
  /** The space between name and constraint. */
  gap: string;
  /** With its operators, as written: `>=1.26,<3`; empty where every version will do. */
  constraint: string;
}

type Manager = 'conda' | 'pip';

const NAME = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?';
const VERSION = '[A-Za-z0-9_.*+!-]+';
const BOUND = `(?:===?|[!<>~]=?|=)\\s*${VERSION}`;

const ALONE = `(?:[0-9]${VERSION.slice(0, -1)}*|\\*)`;
const MORE = `(?:\\s*[,|]\\s*(?:${BOUND}|${VERSION}))*`;
const CHANNEL = '(?:[^\\s:[\\]]+::)?';
/** Extras of pip's, or what conda takes in brackets. */
const BRACKETS = '\\s*\\[[^\\]]*\\]';

/** conda's: alternatives and sums of bounds, or a version alone behind a space. */
const CONDA = new RegExp(
  `^(?<name>${NAME})(?<extras>)(?:(?<gap>\\s*)(?<constraint>${BOUND}${MORE})` +
    `|(?<gap2>\\s+)(?<constraint2>${ALONE}${MORE}))?$`
);

/** pip's (PEP 508), without a marker or a URL. */
const PIP = new RegExp(
  `^(?<name>${NAME})(?<extras>${BRACKETS})?(?:(?<gap>\\s*)(?<constraint>${BOUND}(?:\\s*,\\s*${BOUND})*))?$`
);

/** With or without a channel. A number alone is a version. */
const NAME_ALONE = new RegExp(`^${CHANNEL}(?![0-9])${NAME}$`);

/** What stands before a version and behind it: a channel, a build string, brackets. */
const AROUND_CONDA = new RegExp(
  `^(${CHANNEL}${NAME}\\s*)(?:(?:${BOUND}|${ALONE})${MORE}((?:=|\\s+)[\\w.*]+)?)?(${BRACKETS})?$`
);

/** Before it, extras; behind it, a marker. */
const AROUND_PIP = new RegExp(
  `^(${NAME}(?:${BRACKETS})?\\s*)(?:${BOUND}${MORE})?(\\s*;.*)?$`
);

/** A version in brackets. */
const BRACKETED = /([[,]\s*version\s*=\s*)(?:"[^"]*"|'[^']*'|[^\s,\]]+)/;

/** Takes a match spec of conda's apart; null where name and constraint are not all it says. */
export function splitMatchSpec(text: string): IRequirement | null {
  return split(CONDA, text);
}

/** Takes a pip requirement apart; null where name and constraint are not all it says. */
export function splitPipRequirement(text: string): IRequirement | null {
  return split(PIP, text);
}

function split(pattern: RegExp, text: string): IRequirement | null {
  const groups = pattern.exec(text)?.groups;
  return groups
    ? {
        name: groups.name ?? '',
        extras: groups.extras ?? '',
        gap: groups.gap ?? groups.gap2 ?? '',
        constraint: groups.constraint ?? groups.constraint2 ?? ''
      }
    : null;
}

export function join(requirement: IRequirement): string {
  const { name, extras, gap, constraint } = requirement;
  return name + extras + gap + constraint;
}

/**
 * The dependency with another constraint; the rest of it stays as it was written.
 *
 * A version alone means the versions that begin with it, unless versions were written alone
 * here before.
 */
export function withConstraint(
  requirement: IRequirement,
  constraint: string,
  manager: Manager = 'conda'
): string {
  const wanted = constraint.trim();
  const { name, extras, gap } = requirement;
  if (wanted === '') {
    return name + extras;
  }
  if (/^[=<>!~]/.test(wanted)) {
    return name + extras + gap + wanted;
  }
  const wasAlone = /^[^=<>!~]/.test(requirement.constraint);
  if (manager === 'conda' && wasAlone) {
    return name + extras + (gap || ' ') + wanted;
  }
  return name + extras + gap + (manager === 'pip' ? '==' : '=') + wanted;
}

/**
 * What is asked for, at the version of `wanted`, which is like `name==1.0`: the rest stays as it
 * was written. It is `wanted` where that is none, or the rest cannot be told from the version.
 */
export function pinned(
  asked: string,
  wanted: string,
  manager: Manager = 'conda'
): string {
  const version = /^[\w.-]+(==[\w.*+!-]+)$/.exec(wanted)?.[1];
  const parts = (manager === 'pip' ? AROUND_PIP : AROUND_CONDA).exec(asked);
  const isSame = nameFor(manager, asked) === nameFor(manager, wanted);
  if (version === undefined || parts === null || !isSame) {
    return wanted;
  }
  const [, before = '', ...behind] = parts;
  return manager === 'conda' && BRACKETED.test(asked)
    ? asked.replace(BRACKETED, `$1'${version}'`)
    : before + version + behind.join('');
}

/** What a line asks for, as people type it or copy it from a list: several names, or one spec. */
export function requestsIn(text: string): string[] {
  const parts = text.split(/[\s,]+/).filter(part => !/^-?$/.test(part));
  return parts.every(part => NAME_ALONE.test(part))
    ? [...new Set(parts)]
    : [text.trim().replace(/^-\s+/, '')];
}

/** The package that is asked for, in one spelling. */
export function nameFor(manager: Manager, text: string): string {
  const name = packageName(text);
  return manager === 'pip' ? normalizedPipName(name) : name;
}

/** The package that a match spec or a pip requirement asks for; empty for what names none. */
export function packageName(text: string): string {
  const spec = text.trim();
  // Where a URL stands alone, its last part may be a file name, but it is not asked for by name.
  if (/^(-|[./\\]|[\w+]+:\/\/)/.test(spec)) {
    return '';
  }
  const bare = spec.includes('::') ? spec.slice(spec.indexOf('::') + 2) : spec;
  return (/^[\w.-]+/.exec(bare)?.[0] ?? '').toLowerCase();
}

/** One spelling for the names that PyPI takes for the same. */
export function normalizedPipName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
