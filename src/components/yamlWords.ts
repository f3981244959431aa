import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISpecProblem } from '../spec/document';

/** The problems of a text that cannot be read, in the words of people who write specifications. */
export function inPlainWords(
  problems: readonly ISpecProblem[],
  trans: TranslationBundle
): ISpecProblem[] {
  return problems.map(problem => ({
    ...problem,
    message: wordsOf(problem.code, trans)
  }));
}

function wordsOf(code: ISpecProblem['code'], trans: TranslationBundle): string {
  switch (code) {
    case 'UNREADABLE':
      return trans.__('This is too long, or nested too deeply, to be read.');
    case 'NO_KEYS':
      return trans.__('A specification has keys, like: name: my-environment');
    case 'BAD_INDENT':
      return trans.__('It is not indented as what it belongs to.');
    case 'TAB_AS_INDENT':
      return trans.__('Tabs cannot indent in YAML: use spaces.');
    case 'DUPLICATE_KEY':
      return trans.__('This key is there twice.');
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return trans.__(
        'This is no key with a value: a colon, or a space behind it, may be missing, or be one too many.'
      );
    case 'BAD_SCALAR_START':
      return trans.__(
        'No text can begin with this character: put it in quotes.'
      );
    case 'BAD_ALIAS':
      return trans.__(
        'A star begins the name of something above in YAML: put the text in quotes.'
      );
    case 'MISSING_CHAR':
      return trans.__(
        'Something is missing here: a closing quote or bracket, a colon, a hyphen, or a space.'
      );
    default:
      return trans.__('This does not belong here.');
  }
}
