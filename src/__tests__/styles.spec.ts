import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STYLE = join(__dirname, '..', '..', 'style');

/** The selectors of a style sheet, each with all that it has to match. */
function selectors(file: string): Set<string> {
  const text = readFileSync(join(STYLE, file), 'utf8').replace(
    /\/\*.*?\*\//gs,
    ''
  );
  return new Set(
    [...text.matchAll(/([^{};]+)\{/g)]
      .map(([, rule = '']) => rule.trim())
      .filter(rule => !rule.startsWith('@'))
      // Not at the commas within `:not()` and its like.
      .flatMap(rule => rule.split(/,(?![^(]*\))/).map(part => part.trim()))
  );
}

describe('Style sheets', () => {
  it('do not style what another one styles', () => {
    const owners = new Map<string, string[]>();
    for (const file of readdirSync(STYLE).filter(name =>
      name.endsWith('.css')
    )) {
      for (const selector of selectors(file)) {
        owners.set(selector, [...(owners.get(selector) ?? []), file]);
      }
    }
    expect(owners.size).toBeGreaterThan(100);
    expect([...owners].filter(([, files]) => files.length > 1)).toEqual([]);
  });
});
