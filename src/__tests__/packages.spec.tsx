import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { EnvStoreError } from '../api/errors';
import type { IPackage } from '../api/types';
import { CommandIDs } from '../commandIds';
import { PackageTable } from '../detail/packageTable';
import { BuildModel } from '../model/build';
import { PackagesModel } from '../model/packages';
import { pinOf, reasonOf, shownPackages } from '../packageTable';
import { build, FakeClient, installedPackage, settled } from './fixtures';
import type { Run } from './render';
import { renderWithCommands } from './render';

const PACKAGES: IPackage[] = [
  installedPackage({ id: 1, requested: true, size: 9 }),
  installedPackage({
    id: 2,
    name: 'libblas',
    version: '3.10',
    size: 30,
    required_by: ['numpy', 'scipy'],
    summary: 'Linear algebra.'
  }),
  installedPackage({
    id: 3,
    name: 'libgfortran',
    version: '3.9',
    size: 20,
    required_by: ['libblas', 'libgfortran'],
    summary: null
  }),
  installedPackage({
    id: 4,
    name: 'flask',
    manager: 'pip',
    requested: true,
    size: 0
  })
];

function names(
  options: Partial<Parameters<typeof shownPackages>[1]>
): string[] {
  const shown = shownPackages(PACKAGES, {
    filter: 'all',
    search: '',
    order: { column: 'name', isDescending: false },
    ...options
  });
  return shown.map(({ name }) => name);
}

describe('shownPackages', () => {
  it.each([
    ['all', ['flask', 'libblas', 'libgfortran', 'numpy']],
    ['requested', ['flask', 'numpy']],
    ['transitive', ['libblas', 'libgfortran']],
    ['pip', ['flask']]
  ] as const)('shows %s', (filter, expected) => {
    expect(names({ filter })).toEqual(expected);
  });

  it('searches names and summaries', () => {
    expect(names({ search: ' LIB' })).toEqual(['libblas', 'libgfortran']);
    expect(names({ search: 'algebra' })).toEqual(['libblas']);
  });

  it('sorts numbers in versions as numbers, and by name what is equal', () => {
    expect(
      names({
        filter: 'transitive',
        order: { column: 'version', isDescending: true }
      })
    ).toEqual(['libblas', 'libgfortran']);
    expect(
      names({ order: { column: 'requested', isDescending: false } })
    ).toEqual(['flask', 'numpy', 'libblas', 'libgfortran']);
    expect(names({ order: { column: 'size', isDescending: true } })[0]).toBe(
      'libblas'
    );
  });
});

describe('reasonOf', () => {
  it('goes up to what was asked for, round in no circle', () => {
    const way = reasonOf(PACKAGES[2] as IPackage, PACKAGES);
    expect(way.map(({ name }) => name)).toEqual([
      'libgfortran',
      'libblas',
      'numpy'
    ]);
    expect(reasonOf(PACKAGES[0] as IPackage, PACKAGES)).toHaveLength(1);
    const alone = installedPackage({ required_by: ['gone'] });
    expect(reasonOf(alone, [alone])).toEqual([alone]);
  });
});

describe('PackagesModel', () => {
  it('reads every page, once', async () => {
    const client = new FakeClient();
    client.installed = Array.from({ length: 250 }, (_, id) =>
      installedPackage({ id })
    );
    const model = new PackagesModel({ client, buildId: 7 });
    await Promise.all([model.load(), model.load()]);
    expect(model.packages).toEqual(client.installed);
    expect(client.calls.sort()).toEqual([
      'packages 7 1',
      'packages 7 2',
      'packages 7 3'
    ]);
    model.dispose();
  });
});

describe('PackagesModel after a failure', () => {
  it('asks again, and only for what did not come', async () => {
    const client = new FakeClient();
    client.installed = Array.from({ length: 150 }, (_, id) =>
      installedPackage({ id })
    );
    const model = new PackagesModel({ client, buildId: 7 });
    const answer = client.packages.bind(client);
    let isOffline = true;
    client.packages = (id, options) =>
      isOffline && options?.page === 2
        ? Promise.reject(new Error('offline'))
        : answer(id, options);
    await model.load();
    expect(model.error).not.toBeNull();
    isOffline = false;
    await model.load();
    expect(model.error).toBeNull();
    expect(model.packages).toHaveLength(150);
    expect(client.calls).toEqual(['packages 7 1', 'packages 7 2']);
    model.dispose();
  });

  it('is loaded when the server is back', async () => {
    const client = new FakeClient();
    client.stored = [build()];
    client.installed = PACKAGES;
    const model = new BuildModel({ client, id: 1 });
    client.failure = new EnvStoreError({ kind: 'unreachable', message: '' });
    await model.packages.load();
    expect(model.packages.packages).toBeNull();
    client.failure = null;
    await model.refresh();
    await settled();
    expect(model.packages.packages).toHaveLength(4);
    model.dispose();
  });
});

describe('PackageTable', () => {
  it('tells the order to assistive technology, and turns it round', async () => {
    renderWithCommands(<PackageTable build={build()} packages={PACKAGES} />);
    const heading = screen.getByRole('columnheader', { name: 'Size' });
    expect(heading).not.toHaveAttribute('aria-sort');
    const sort = within(heading).getByRole('button');
    await userEvent.click(sort);
    expect(heading).toHaveAttribute('aria-sort', 'ascending');
    await userEvent.click(sort);
    expect(heading).toHaveAttribute('aria-sort', 'descending');
    expect(screen.getAllByRole('row')[1]).toHaveTextContent('libblas');
  });

  it('counts one package as one', () => {
    renderWithCommands(
      <PackageTable build={build()} packages={PACKAGES.slice(0, 1)} />
    );
    expect(screen.getByRole('status')).toHaveTextContent(/^1 of 1 package$/);
  });

  it('says what was asked for beside what is installed', () => {
    const text = `dependencies:
  - conda-forge::NumPy>=2
  - pip:
    - Flask_Login[x]~=3.0
`;
    const packages = [
      installedPackage({ id: 1, requested: true }),
      installedPackage({ id: 2, name: 'libblas' }),
      installedPackage({ id: 3, name: 'python', requested: true }),
      installedPackage({
        id: 4,
        name: 'flask-login',
        manager: 'pip',
        requested: true
      })
    ];
    renderWithCommands(
      <PackageTable build={build({ text })} packages={packages} />
    );
    const [, ...rows] = screen.getAllByRole('row');
    const cells = rows.map(row =>
      [...row.children].slice(0, 3).map(({ textContent }) => textContent)
    );
    expect(cells).toEqual([
      ['flask-login', 'Flask_Login[x]~=3.0', '2.1.3'],
      ['numpy', 'conda-forge::NumPy>=2', '2.1.3'],
      ['python', 'Yes', '2.1.3'],
      ['libblas', 'No', '2.1.3']
    ]);
  });

  it('says why the specification cannot be changed', async () => {
    renderWithCommands(
      <PackageTable build={build()} packages={PACKAGES} />,
      [],
      commands =>
        commands.addCommand(CommandIDs.edit, {
          caption: 'The server cannot be reached.',
          describedBy: { args: {} },
          isEnabled: () => false,
          execute: () => undefined
        })
    );
    await userEvent.click(screen.getByRole('button', { name: 'libblas' }));
    const add = screen.getByRole('button', { name: 'Add to Specification' });
    expect(add).toHaveAttribute('aria-disabled', 'true');
    expect(add).toHaveAccessibleDescription('The server cannot be reached.');
  });

  it('tells why a package is there, and writes it into the specification', async () => {
    const runs: Run[] = [];
    renderWithCommands(
      <PackageTable build={build()} packages={PACKAGES} />,
      runs
    );
    await userEvent.click(screen.getByRole('button', { name: 'libgfortran' }));
    expect(
      screen.getByText('It is here because of: libgfortran ← libblas ← numpy')
    ).toBeInTheDocument();
    expect(
      screen.getByText('Required by: libblas, libgfortran')
    ).toBeInTheDocument();
    expect(screen.getByText('Size: 20 B')).toBeInTheDocument();
    const pin = pinOf(PACKAGES[2] as IPackage);
    await userEvent.click(screen.getByRole('button', { name: `Pin ${pin}` }));
    await userEvent.click(
      screen.getByRole('button', { name: 'Add to Specification' })
    );
    const target = { namespace: 'me', name: 'analysis', buildId: 1 };
    expect(runs).toEqual([
      [
        CommandIDs.edit,
        { ...target, dependency: 'libgfortran==3.9', manager: 'conda' }
      ],
      [
        CommandIDs.edit,
        { ...target, dependency: 'libgfortran', manager: 'conda' }
      ]
    ]);
  });

  it('writes into the pip section what pip has installed', async () => {
    const runs: Run[] = [];
    renderWithCommands(
      <PackageTable build={build()} packages={PACKAGES} />,
      runs
    );
    await userEvent.click(screen.getByRole('button', { name: 'flask' }));
    const pin = pinOf(PACKAGES[3] as IPackage);
    await userEvent.click(screen.getByRole('button', { name: `Pin ${pin}` }));
    expect(runs[0]?.[1]).toMatchObject({ dependency: pin, manager: 'pip' });
  });

  it('says that a lockfile is not changed', async () => {
    const text = '@EXPLICIT\nhttps://host/numpy-2-0.conda\n';
    renderWithCommands(
      <PackageTable build={build({ text })} packages={PACKAGES} />
    );
    await userEvent.click(screen.getByRole('button', { name: 'libblas' }));
    expect(
      screen.getByRole('button', { name: 'Add to Specification' })
    ).toHaveAccessibleDescription(/Nothing is solved/);
  });
});
