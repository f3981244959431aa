import { Text } from '@codemirror/state';
import type { IProblem } from '../api/types';
import { addDependency, setDependency } from '../spec/dependencies';
import { rangeOf, underlines } from '../spec/lint';
import { problem } from './fixtures';

const SOURCE = 'name: me\ndependencies:\n  - nunpy\n  - 🐍 = 1\n';
const DOC = Text.of(SOURCE.split('\n'));

/** What would be underlined. */
function underlined(changes: Partial<IProblem>): string | null {
  const range = rangeOf(DOC, problem(changes));
  return range && SOURCE.slice(range.from, range.to);
}

describe('underlines', () => {
  it('underlines from a column to another', () => {
    expect(
      underlined({ line: 3, column: 5, end_line: 3, end_column: 10 })
    ).toBe('nunpy');
  });

  it('underlines to the end of the line when the end is unknown', () => {
    expect(underlined({ line: 3, column: 3 })).toBe('- nunpy');
  });

  it('underlines a line without its indentation', () => {
    expect(underlined({ line: 3 })).toBe('- nunpy');
  });

  it('underlines over several lines', () => {
    expect(underlined({ line: 2, column: 1, end_line: 3, end_column: 4 })).toBe(
      'dependencies:\n  -'
    );
  });

  it('counts characters as the server does', () => {
    expect(underlined({ line: 4, column: 5, end_line: 4, end_column: 6 })).toBe(
      '🐍'
    );
    expect(underlined({ line: 4, column: 7, end_line: 4, end_column: 8 })).toBe(
      '='
    );
  });

  it('underlines something even where the problem is a point', () => {
    expect(underlined({ line: 1, column: 9, end_line: 1, end_column: 9 })).toBe(
      'e'
    );
  });

  it('stays inside a text that became shorter', () => {
    const range = rangeOf(DOC, problem({ line: 99, column: 99 }));
    expect(range).not.toBeNull();
    expect(range?.to).toBeLessThanOrEqual(DOC.length);
    expect(range?.from).toBeLessThanOrEqual(range?.to ?? -1);
  });

  it('does not underline what concerns the whole', () => {
    expect(underlines(DOC, [problem()], 'error')).toEqual([]);
  });

  it('says what is wrong and what to do', () => {
    const found = underlines(
      DOC,
      [problem({ line: 3, column: 5, hint: 'Did you mean numpy?' })],
      'warning'
    );
    expect(found).toMatchObject([
      {
        severity: 'warning',
        message: 'No package is called nunpy.\nDid you mean numpy?'
      }
    ]);
  });
});

describe('a pin', () => {
  it.each([
    ['tqdm', 'tqdm==4.70.1'],
    ['tqdm >=4', 'tqdm ==4.70.1'],
    ['tqdm 4.*', 'tqdm ==4.70.1'],
    ['tqdm>=4,<5|4.1', 'tqdm==4.70.1'],
    ['tqdm=4.1=py39*', 'tqdm==4.70.1=py39*'],
    ['tqdm 4.1 py39_0', 'tqdm ==4.70.1 py39_0'],
    ['local::tqdm>=4', 'local::tqdm==4.70.1'],
    ['local::tqdm 4.1|4.2.*', 'local::tqdm ==4.70.1'],
    ['conda-forge/linux-64::tqdm', 'conda-forge/linux-64::tqdm==4.70.1'],
    ['tqdm[build=py*]', 'tqdm==4.70.1[build=py*]'],
    [
      "local::tqdm[version='>=4.60',build=py*]",
      "local::tqdm[version='==4.70.1',build=py*]"
    ],
    ['https://host/noarch/tqdm-4.1-0.conda', null],
    ['python', null]
  ])('leaves the rest of %s as it is written', (asked, expected) => {
    const text = `dependencies:\n  - "${asked}" # keep\n`;
    expect(setDependency(text, 'tqdm==4.70.1')).toBe(
      expected === null
        ? `${text}  - tqdm==4.70.1\n`
        : text.replace(asked, expected)
    );
  });

  it.each([
    ['Flask_Login', 'Flask_Login==3.0'],
    ['flask-login[x, y] >=2, <3', 'flask-login[x, y] ==3.0'],
    [
      "flask-login>=2 ; python_version < '3'",
      "flask-login==3.0 ; python_version < '3'"
    ],
    ['flask-login @ https://host/flask.whl', 'flask-login==3.0']
  ])('is one of pip, too: %s', (asked, expected) => {
    const text = `dependencies:\n  - flask-login=1\n  - pip:\n    - "${asked}"\n`;
    expect(setDependency(text, 'flask-login==3.0', 'pip')).toBe(
      text.replace(`"${asked}"`, `"${expected}"`)
    );
  });

  it('begins a pip section where there is none', () => {
    const text = 'dependencies:\n  - flask\n';
    expect(addDependency(text, 'flask', 'pip')).toBe(
      `${text}  - pip:\n    - flask\n`
    );
  });
});

describe('addDependency', () => {
  it('adds to the end of the list and keeps every other byte', () => {
    const text =
      'name: a # mine\ndependencies:\n    - python  # core\n    - "numpy"\n\n# end\nvariables:\n  A: b\n';
    expect(addDependency(text, 'ipykernel')).toBe(
      text.replace('    - "numpy"\n', '    - "numpy"\n    - ipykernel\n')
    );
  });

  it('adds before the pip section', () => {
    const text = 'dependencies:\n- python\n- pip:\n  - flask\n';
    expect(addDependency(text, 'ipykernel')).toBe(
      'dependencies:\n- python\n- ipykernel\n- pip:\n  - flask\n'
    );
  });

  it.each([
    'dependencies:\n  - ipykernel >=6\n',
    'dependencies:\n  - "conda-forge::ipykernel"\n',
    'dependencies: [python, ipykernel=6]\n'
  ])('leaves a specification that has it: %j', text => {
    expect(addDependency(text, 'ipykernel')).toBe(text);
  });

  it('is not content with a package whose name only begins like it', () => {
    expect(addDependency('dependencies:\n  - ipykernel-x\n', 'ipykernel')).toBe(
      'dependencies:\n  - ipykernel-x\n  - ipykernel\n'
    );
  });

  it.each([
    [
      'dependencies: [python] # all\n',
      'dependencies: [python, ipykernel] # all\n'
    ],
    ['dependencies: []\n', 'dependencies:\n  - ipykernel\n'],
    ['dependencies:\n', 'dependencies:\n  - ipykernel\n'],
    ['name: a', 'name: a\ndependencies:\n  - ipykernel']
  ])('turns %j into %j', (text, expected) => {
    expect(addDependency(text, 'ipykernel')).toBe(expected);
  });
});
