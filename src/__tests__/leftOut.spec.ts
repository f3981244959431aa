import { SpecDocument } from '../spec/document';

describe('YAML that is read without what writes it', () => {
  it('takes a document of YAML 1.1 as every other', () => {
    const { problems, name } = new SpecDocument('%YAML 1.1\n---\nname: yes\n');
    expect(problems).toEqual([]);
    expect(name.text).toBe('yes');
  });

  it.each([
    'name: !!binary aGVsbG8=\n',
    'name: !!timestamp 2026-01-01\n',
    'channels: !!set {a, b}\n',
    'dependencies: !!omap [a: b]\n',
    'dependencies: !!pairs [a: b]\n',
    '? [a, b]\n: c\n',
    '? {a: b}\n: c\nname: *x\n'
  ])('reads %j without an exception', text => {
    const document = new SpecDocument(text);
    expect(document.otherKeys).toBeDefined();
    expect(() => document.toValue()).not.toThrow(TypeError);
  });

  it('knows the merge key and aliases', () => {
    const text = 'a: &a {name: x}\n<<: *a\nvariables: *a\n';
    expect(new SpecDocument(text).toValue().variables).toEqual({ name: 'x' });
  });
});
