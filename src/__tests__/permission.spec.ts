import { allows } from '../model/permission';
import type { IPermission } from '../api/types';

function held(permissions: IPermission['entity_permissions']): IPermission {
  return {
    authenticated: true,
    primary_namespace: 'me',
    entity_permissions: permissions,
    entity_roles: {},
    expiration: '2026-11-21T08:43:47Z',
    read_only: {}
  };
}

describe('allows', () => {
  it('leaves the decision to the server until it is known', () => {
    expect(allows(null, 'build::delete', 'me')).toBe(true);
  });

  it('reads the star as any text', () => {
    const permission = held({ 'team-*/*': ['build::delete'] });
    expect(allows(permission, 'build::delete', 'team-a', 'x')).toBe(true);
    expect(allows(permission, 'build::delete', 'my-team-a', 'x')).toBe(false);
    expect(allows(permission, 'build::cancel', 'team-a', 'x')).toBe(false);
  });

  it('takes the other characters of a pattern as they are', () => {
    const permission = held({ 'a.b/*': ['build::delete'] });
    expect(allows(permission, 'build::delete', 'a.b')).toBe(true);
    expect(allows(permission, 'build::delete', 'axb')).toBe(false);
  });

  it('can be about one environment only', () => {
    const permission = held({ 'me/analysis': ['environment::update'] });
    expect(allows(permission, 'environment::update', 'me', 'analysis')).toBe(
      true
    );
    expect(allows(permission, 'environment::update', 'me', 'other')).toBe(
      false
    );
  });

  it('is about the whole store only for who may it everywhere', () => {
    const may = (entity: string, namespace: string, name?: string): boolean =>
      allows(
        held({ [entity]: ['setting::update'] }),
        'setting::update',
        namespace,
        name
      );
    expect(may('*/*', '*')).toBe(true);
    expect(may('*', '*')).toBe(true);
    expect(may('**/**', '*')).toBe(true);
    for (const entity of ['*/x', '*/x*', 'me/*', 'me/x', 'team-*/*']) {
      expect(may(entity, '*')).toBe(false);
    }
    // Of a namespace, any environment will do.
    expect(may('*/x', 'me')).toBe(true);
    expect(may('me/x', 'me')).toBe(true);
    expect(may('*/x', 'me', 'x')).toBe(true);
    expect(may('*/x', 'me', 'y')).toBe(false);
  });
});
