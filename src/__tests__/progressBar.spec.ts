import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED = join(__dirname, '..', '..', 'style', 'shared.css');

describe('the style of a progress bar', () => {
  it('makes one without a value still for those who want no motion', () => {
    const text = readFileSync(SHARED, 'utf8');
    const [, rules = ''] =
      /reduced-motion: reduce\) \{(.*?)\n\}/s.exec(text) ?? [];
    expect(rules).toMatch(
      /\[class\*='jp-EnvStore'\] progress:not\(\[value\]\) \{\s*appearance: none;/
    );
  });
});
