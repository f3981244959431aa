/**
 * Text to text: what is not touched keeps its every byte, comments included.
 */

/**
 * Add a match spec to the end of a specification's dependencies.
 *
 * The text comes back unchanged where it lists the package already. A
 * specification without dependencies gets them.
 */
export function addDependency(text: string, matchSpec: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex(line => /^dependencies\s*:/.test(line));
  if (start === -1) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${gap}dependencies:\n  - ${matchSpec}\n`;
  }
  const first = lines[start] ?? '';
  const flow = /^(dependencies\s*:\s*\[)([^\]]*)(\].*)$/.exec(first);
  if (flow) {
    const [, opening = '', list = '', closing = ''] = flow;
    if (list.split(',').some(item => names(item, matchSpec))) {
      return text;
    }
    const separator = list.trim() === '' ? '' : ', ';
    lines[start] =
      `${opening}${list.trimEnd()}${separator}${matchSpec}${closing}`;
    return lines.join('\n');
  }
  return addToBlock(lines, start, matchSpec) ?? text;
}

/** Null when the block names the package already. */
function addToBlock(
  lines: string[],
  start: number,
  matchSpec: string
): string | null {
  let indent: string | null = null;
  let last = start;
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const item = /^(\s*)- (.*)$/.exec(line);
    if (item && (indent === null || item[1] === indent)) {
      indent = item[1] ?? '';
      if (/^pip\s*:/.test(item[2] ?? '')) {
        // conda's match specs read better before pip's requirements.
        continue;
      }
      if (names(item[2] ?? '', matchSpec)) {
        return null;
      }
      last = index;
    } else if (/^[^\s#-]/.test(line)) {
      break;
    }
  }
  lines.splice(last + 1, 0, `${indent ?? '  '}- ${matchSpec}`);
  return lines.join('\n');
}

/** Whether an item of the list asks for the package that a match spec names. */
function names(item: string, matchSpec: string): boolean {
  return packageName(item) === packageName(matchSpec);
}

function packageName(spec: string): string {
  const bare = spec.replace(/#.*$/, '').replace(/["']/g, '').trim();
  const name = bare.includes('::') ? bare.slice(bare.indexOf('::') + 2) : bare;
  return (/^[\w.-]+/.exec(name)?.[0] ?? '').toLowerCase();
}
