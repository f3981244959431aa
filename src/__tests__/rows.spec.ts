import { parseFilter } from '../panel/filter';
import type { Order } from '../panel/order';
import { rowStartingWith, visibleRows } from '../panel/rows';
import { build, environment } from './fixtures';

const GROUPS = [
  { namespace: 'empty', environments: [] },
  {
    namespace: 'me',
    environments: [
      environment({ name: 'analysis' }),
      environment({
        name: 'gpu',
        latest_build: build({ status: 'FAILED' })
      })
    ]
  }
];

function keys(
  filter: string,
  collapsed: string[] = [],
  containing: ReadonlySet<string> | null = null
): string[] {
  return visibleRows(GROUPS, {
    filter: parseFilter(filter),
    collapsed: new Set(collapsed),
    containing
  }).map(({ key }) => key);
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
    expect(keys('anss', ['me'])).toEqual(['me/', 'me/analysis']);
    expect(keys('m/gu')).toEqual(['me/', 'me/gpu']);
    expect(keys('pug')).toEqual([]);
    expect(keys('me/')).toEqual(['me/', 'me/analysis', 'me/gpu']);
    expect(keys('nothing')).toEqual([]);
  });

  it('finds by state, by package, and by all of them', () => {
    expect(keys('state:failed')).toEqual(['me/', 'me/gpu']);
    expect(keys('STATE:re analysis')).toEqual(['me/', 'me/analysis']);
    expect(keys('state:failed analysis')).toEqual([]);
    expect(keys('pkg:numpy')).toEqual([]);
    const having = new Set(['me/gpu']);
    expect(keys('pkg:numpy', [], having)).toEqual(['me/', 'me/gpu']);
    expect(keys('pkg:numpy state:ready', [], having)).toEqual([]);
  });

  it('takes no notice of what is still being typed', () => {
    expect(keys('pkg:')).toEqual(keys(''));
    expect(keys('state:')).toEqual(keys(''));
  });

  it('tells each row its place among its siblings', () => {
    const rows = visibleRows(GROUPS, {
      filter: parseFilter(''),
      collapsed: new Set()
    });
    expect(rows[3]).toMatchObject({ position: 2, siblings: 2 });
  });

  it('orders the environments of each namespace, and leaves the list as it was', () => {
    const build1 = build({ id: 1, size: 30 });
    const build2 = build({ id: 2, size: 10 });
    const environments = [
      environment({
        name: 'a',
        latest_build: build1,
        published_build: build1
      }),
      environment({
        name: 'b',
        latest_build: build2,
        published_build: build2
      }),
      environment({ name: 'c', latest_build: build1, published_build: null })
    ];
    const order = (by?: Order): string[] =>
      visibleRows([{ namespace: 'me', environments }], {
        filter: parseFilter(''),
        collapsed: new Set(),
        ...(by && { order: by })
      }).map(({ key }) => key);
    expect(order()).toEqual(['me/', 'me/a', 'me/b', 'me/c']);
    expect(order('name')).toEqual(order());
    // Those that are as new as each other stay in the order of their names.
    expect(order('newest')).toEqual(['me/', 'me/b', 'me/a', 'me/c']);
    // Without a build that is current, nothing is occupied.
    expect(order('size')).toEqual(['me/', 'me/a', 'me/b', 'me/c']);
    environments.reverse();
    expect(order('size')).toEqual(['me/', 'me/a', 'me/b', 'me/c']);
    expect(environments.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  it('finds the next row by its first letter, round the end', () => {
    const rows = visibleRows(GROUPS, {
      filter: parseFilter(''),
      collapsed: new Set()
    });
    expect(rowStartingWith(rows, 0, 'g')).toBe(3);
    expect(rowStartingWith(rows, 3, 'A')).toBe(2);
    expect(rowStartingWith(rows, 2, 'x')).toBe(2);
    expect(rowStartingWith(rows, 3, 'gp')).toBe(3);
  });
});
