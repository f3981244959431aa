import * as fc from 'fast-check';
import { merged } from '../spec/merge';

const BASE = 'name: a\nchannels:\n  - conda-forge\ndependencies:\n  - python\n';

describe('merged', () => {
  it('has what each has added in another place', () => {
    const mine = BASE.replace('conda-forge', 'conda-forge\n  - bioconda');
    const theirs = `${BASE}  - numpy\n`;
    const both = `${mine}  - numpy\n`;
    expect(merged(BASE, mine, theirs)).toBe(both);
    expect(merged(BASE, theirs, mine)).toBe(both);
  });

  it('has what both have added in the same place, theirs first', () => {
    const mine = `${BASE}  - scipy\n`;
    const theirs = `${BASE}  - numpy\n  - pandas\n`;
    expect(merged(BASE, mine, theirs)).toBe(
      `${BASE}  - numpy\n  - pandas\n  - scipy\n`
    );
  });

  it('has once a line that both have added in the same place', () => {
    const mine = `${BASE}  - pandas\n  - scipy\n`;
    const theirs = `${BASE}  - scipy\n`;
    expect(merged(BASE, mine, theirs)).toBe(`${BASE}  - scipy\n  - pandas\n`);
    expect(merged(BASE, theirs, mine)).toBe(mine);
    const changed = theirs.replace('python', 'python =3.12');
    expect(merged(BASE, changed, theirs)).toBe(changed);
    expect(merged(BASE, theirs, changed)).toBe(changed);
  });

  it.each([
    ['numpy=1', 'numpy>=2'],
    ['numpy', '"numpy>=2"'],
    ['conda-forge::numpy', 'NumPy=1']
  ])('is not known where both ask for a package: %s and %s', (one, other) => {
    const mine = `${BASE}  - ${one}\n`;
    const theirs = `${BASE}  - scipy\n  - ${other}\n`;
    expect(merged(BASE, mine, theirs)).toBeNull();
    expect(merged(BASE, theirs, mine)).toBeNull();
  });

  it('has what goes on with a part before what begins another', () => {
    const mine = `${BASE}  - scipy\n`;
    const theirs = `${BASE}variables:\n  A: 1\n`;
    const both = `${mine}variables:\n  A: 1\n`;
    expect(merged(BASE, mine, theirs)).toBe(both);
    expect(merged(BASE, theirs, mine)).toBe(both);
  });

  it.each([
    ['  - pip:\n    - dash\n', '  - pip:\n    - flask\n'],
    ['  - scipy\nvariables:\n  A: 1\n', '  - numpy\nprefix: x\n'],
    ['variables:\n  A: 1\n', 'env:\n  A: 1\n']
  ])('lets no line belong to another one: %j and %j', (mine, theirs) => {
    expect(merged(BASE, BASE + mine, BASE + theirs)).toBeNull();
    expect(merged(BASE, BASE + theirs, BASE + mine)).toBeNull();
  });

  it('has once what both have changed, added or removed alike', () => {
    const change = (text: string): string =>
      text
        .replace('python', 'python =3.12')
        .replace('channels:\n  - conda-forge\n', '');
    const same = `${change(BASE)}  - numpy\n`;
    expect(merged(BASE, same, same)).toBe(same);
    expect(
      merged(
        BASE,
        BASE.replace('python', 'python =3.12'),
        BASE.replace('python', 'python =3.12').replace('name: a', 'name: b')
      )
    ).toBe(
      BASE.replace('python', 'python =3.12').replace('name: a', 'name: b')
    );
  });

  it('has what one has removed and the other left', () => {
    const mine = BASE.replace('channels:\n  - conda-forge\n', '');
    const theirs = BASE.replace('python', 'python\n  - pip');
    expect(merged(BASE, mine, theirs)).toBe(
      'name: a\ndependencies:\n  - python\n  - pip\n'
    );
  });

  it.each([
    ['another constraint', 'python =3.12', 'python =3.13'],
    ['changed what the other removed', 'python =3.12', ''],
    ['changed more lines, with that', 'python =3.12', 'pypy\n  - pip']
  ])('is not known where one has %s', (_, mine, theirs) => {
    const of = (text: string): string =>
      text === ''
        ? BASE.replace('  - python\n', '')
        : BASE.replace('python', text);
    expect(merged(BASE, of(mine), of(theirs))).toBeNull();
    expect(merged(BASE, of(theirs), of(mine))).toBeNull();
  });

  it('does not take a line that was emptied for one that was removed', () => {
    expect(merged('a\nb', 'b', '\nb')).toBeNull();
    expect(merged('a\nb', '\nb', 'b')).toBeNull();
  });

  it('is not known where one has added within what the other removed', () => {
    const mine = BASE.replace('channels:\n  - conda-forge\n', '');
    const theirs = BASE.replace('channels:\n', 'channels:\n  - bioconda\n');
    expect(merged(BASE, mine, theirs)).toBeNull();
    expect(merged(BASE, theirs, mine)).toBeNull();
  });

  it('keeps the line ends', () => {
    const crlf = (text: string): string => text.replace(/\n/g, '\r\n');
    const mine = BASE.replace('name: a', 'name: b');
    const theirs = `${BASE}  - numpy\n`;
    expect(merged(crlf(BASE), crlf(mine), crlf(theirs))).toBe(
      crlf(`${mine}  - numpy\n`)
    );
    // Who has changed all of them has changed every line.
    const changed = theirs.replace('python', 'pypy');
    expect(merged(BASE, crlf(mine), changed)).toBeNull();
  });

  it('knows texts that end without a line end, and empty ones', () => {
    expect(merged('a\nb', 'x\na\nb', 'a\nb\nc')).toBe('x\na\nb\nc');
    expect(merged('', 'a', '')).toBe('a');
    expect(merged('a', '', 'a')).toBe('');
    expect(merged('a', '', 'b')).toBeNull();
  });

  /** Texts of few different lines, in which many are the same. */
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '  - a', 'd\r'), { maxLength: 9 })
    .map(lines => lines.join('\n'));

  it('is what the one made of it where the other made nothing', () => {
    fc.assert(
      fc.property(text, text, (base, changed) => {
        expect(merged(base, changed, base)).toBe(changed);
        expect(merged(base, base, changed)).toBe(changed);
        expect(merged(base, changed, changed)).toBe(changed);
      })
    );
  });

  it('does not depend on who asks, but for what both have added in one place', () => {
    const sorted = (lines: string | null): string[] | null =>
      lines === null ? null : lines.split('\n').sort();
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        expect(sorted(merged(base, mine, theirs))).toEqual(
          sorted(merged(base, theirs, mine))
        );
      })
    );
  });

  it('has the lines that both have, and makes up none', () => {
    const unique = fc
      .uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 })
      .map(lines => lines.join('\n'));
    const linesOf = (of: string): string[] => of.split('\n').filter(Boolean);
    fc.assert(
      fc.property(unique, unique, unique, (base, mine, theirs) => {
        const both = merged(base, mine, theirs);
        fc.pre(both !== null);
        const ours = linesOf(mine);
        const others = linesOf(theirs);
        const lines = linesOf(both ?? '');
        expect([...ours, ...others]).toEqual(expect.arrayContaining(lines));
        expect(lines).toEqual(
          expect.arrayContaining(ours.filter(line => others.includes(line)))
        );
      })
    );
  });
});
