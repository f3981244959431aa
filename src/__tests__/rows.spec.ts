import { rowStartingWith, visibleRows } from '../panel/rows';
import { environment } from './fixtures';

const GROUPS = [
  { namespace: 'empty', environments: [] },
  {
    namespace: 'me',
    environments: [
      environment({ name: 'analysis' }),
      environment({ name: 'gpu' })
    ]
  }
];

function keys(filter: string, collapsed: string[] = []): string[] {
  return visibleRows(GROUPS, { filter, collapsed: new Set(collapsed) }).map(
    ({ key }) => key
  );
}

describe('visibleRows', () => {
  it('lists each namespace with its environments', () => {
    expect(keys('')).toEqual(['empty/', 'me/', 'me/analysis', 'me/gpu']);
  });

  it('hides the environments of a closed namespace', () => {
    expect(keys('', ['me'])).toEqual(['empty/', 'me/']);
  });

  it('opens what matches the filter, and leaves out the rest', () => {
    expect(keys('GP', ['me'])).toEqual(['me/', 'me/gpu']);
    expect(keys('me/')).toEqual(['me/', 'me/analysis', 'me/gpu']);
    expect(keys('nothing')).toEqual([]);
  });

  it('tells each row its place among its siblings', () => {
    const rows = visibleRows(GROUPS, { filter: '', collapsed: new Set() });
    expect(rows[3]).toMatchObject({ position: 2, siblings: 2 });
  });

  it('finds the next row by its first letter, round the end', () => {
    const rows = visibleRows(GROUPS, { filter: '', collapsed: new Set() });
    expect(rowStartingWith(rows, 0, 'g')).toBe(3);
    expect(rowStartingWith(rows, 3, 'A')).toBe(2);
    expect(rowStartingWith(rows, 2, 'x')).toBe(2);
  });
});
