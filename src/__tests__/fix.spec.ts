import { askedAt, fixed } from '../spec/fix';

const TEXT = `name: a  # mine
channels:
  - conda-forge
dependencies:
  - nunpy >=1.26  # arrays
  - python
`;

describe('a fix', () => {
  it('writes one match spec in the place of another, and nothing else', () => {
    const fix = { dependency: 'numpy >=1.26', instead: 'nunpy >=1.26' };
    expect(fixed(TEXT, fix, [])).toBe(
      TEXT.replace('nunpy >=1.26', 'numpy >=1.26')
    );
  });

  it('goes by the name of the package where the text has changed', () => {
    const fix = { dependency: 'python', instead: 'python=3.12' };
    const text = TEXT.replace('python', 'python=3.11');
    expect(fixed(text, fix, [])).toBe(TEXT);
  });

  it('adds a channel behind the others, once', () => {
    const after = fixed(TEXT, { channel: 'bioconda' }, ['defaults']);
    expect(after).toBe(
      TEXT.replace('conda-forge\n', 'conda-forge\n  - bioconda\n')
    );
    expect(fixed(after, { channel: 'bioconda' }, [])).toBe(after);
  });

  it('keeps the default channels where none were named', () => {
    const after = fixed(
      'dependencies:\n  - python\n',
      { channel: 'bioconda' },
      ['conda-forge']
    );
    expect(after).toMatch(/channels:\n {2}- conda-forge\n {2}- bioconda\n/);
  });

  it('leaves alone what cannot be read', () => {
    const broken = 'dependencies: [';
    expect(fixed(broken, { dependency: 'numpy' }, [])).toBe(broken);
  });

  it('finds what was asked for at a place', () => {
    expect(askedAt(TEXT, 'dependencies[0]')).toBe('nunpy >=1.26');
    expect(askedAt(TEXT, 'channels[0]')).toBeNull();
  });
});
