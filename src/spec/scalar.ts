/** YAML's ways to write a text. */

/** How a scalar is written now, in the words of the `yaml` package. */
export type ScalarStyle =
  'PLAIN' | 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' | 'BLOCK_LITERAL' | 'BLOCK_FOLDED';

/** What YAML 1.1 or 1.2 takes for something else than text. */
const NOT_TEXT = [
  /^(~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?[0-9_]*\.?[0-9_.:,]*([eE][-+]?[0-9]+)?$/,
  /^[-+]?0[xob][0-9a-f_]+$/i,
  /^[-+]?\.(inf|nan)$/i,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/
];

/**
 * The source of a one-line text, written like what it replaces.
 *
 * Quotes are kept; a plain text gets double quotes where it would not be read as it is.
 */
export function scalarSource(
  value: string,
  style: ScalarStyle,
  isInFlow: boolean
): string {
  if (style === 'QUOTE_SINGLE' && isPrintable(value)) {
    return `'${value.replaceAll("'", "''")}'`;
  }
  if (style === 'QUOTE_DOUBLE' || !isPlain(value, isInFlow)) {
    return doubleQuoted(value);
  }
  return value;
}

/** Whether a text is read as itself without quotes, by YAML 1.1 and 1.2. */
export function isPlain(value: string, isInFlow: boolean): boolean {
  return (
    value !== '' &&
    value === value.trim() &&
    isPrintable(value) &&
    !/^([\][{},#&*!|>'"%@`]|[-?:]($|\s)|---|\.\.\.)/.test(value) &&
    !/:(\s|$)|\s#/.test(value) &&
    !(isInFlow && /[,[\]{}:]|^[-?]/.test(value)) &&
    !NOT_TEXT.some(pattern => pattern.test(value))
  );
}

/** JSON's texts are YAML's, but for what YAML wants escaped besides. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/gu,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
  );
}

function isPrintable(value: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/u.test(
    value
  );
}
