import * as fc from 'fast-check';
// All of the package: the panel is bundled without YAML 1.1.
import { parse } from '../../node_modules/yaml/dist/index.js';
import type { Change } from '../spec/changes';
import { editFor } from '../spec/changes';
import { SpecDocument } from '../spec/document';
import { carryOver, withLineFeeds } from '../spec/lineEnds';
import {
  join,
  splitMatchSpec,
  splitPipRequirement,
  withConstraint
} from '../spec/matchspec';
import { isPlain, scalarSource } from '../spec/scalar';
import { applyEdit } from '../spec/spans';
import type { ISample } from './specArbitraries';
import { formText, matchSpec, pipLine, sample } from './specArbitraries';

const RUNS = { numRuns: 1000 };

/** The lines of one text that the other does not have in the same place, from both ends. */
function changedLines(before: string, after: string): [string[], string[]] {
  const [one, other] = [before, after].map(text => text.split('\n')) as [
    string[],
    string[]
  ];
  while (one.length > 0 && other.length > 0 && one[0] === other[0]) {
    one.shift();
    other.shift();
  }
  while (one.length > 0 && other.length > 0 && one.at(-1) === other.at(-1)) {
    one.pop();
    other.pop();
  }
  return [one, other];
}

function edited(text: string, change: Change): string | null {
  const edit = editFor(new SpecDocument(text), change);
  return edit && applyEdit(text, edit);
}

/** What a form shows of a text. */
function shown(text: string): Omit<ISample, 'text'> {
  const spec = new SpecDocument(text);
  const of = (manager: string): string[] =>
    spec.dependencies
      .filter(item => item.manager === manager)
      .map(item => item.text);
  return {
    name: spec.name.text,
    channels: spec.channels.map(item => item.text),
    conda: of('conda'),
    pip: of('pip'),
    variables: Object.fromEntries(
      spec.variables.map(item => [item.name, item.text])
    )
  };
}

describe('match specs', () => {
  it('are taken apart and put together without a byte lost', () => {
    fc.assert(
      fc.property(matchSpec, text => {
        const parts = splitMatchSpec(text);
        expect(parts === null ? text : join(parts)).toBe(text);
      }),
      RUNS
    );
    fc.assert(
      fc.property(pipLine, text => {
        const parts = splitPipRequirement(text);
        expect(parts === null ? text : join(parts)).toBe(text);
      }),
      RUNS
    );
  });

  it('get their own constraint back as they had it', () => {
    fc.assert(
      fc.property(matchSpec, text => {
        const parts = splitMatchSpec(text);
        if (parts) {
          expect(withConstraint(parts, parts.constraint)).toBe(text);
        }
      }),
      RUNS
    );
  });

  it('have the constraint that was typed', () => {
    fc.assert(
      fc.property(matchSpec, matchSpec, (text, other) => {
        const parts = splitMatchSpec(text);
        const typed = splitMatchSpec(other)?.constraint;
        if (parts && typed) {
          const again = splitMatchSpec(withConstraint(parts, typed));
          expect(again?.name).toBe(parts.name);
          expect([typed, `=${typed}`]).toContain(again?.constraint);
        }
      }),
      RUNS
    );
  });
});

describe('scalars', () => {
  it('are read as what was written, by YAML 1.1 and 1.2', () => {
    fc.assert(
      fc.property(
        fc.oneof(formText, matchSpec, pipLine, fc.string({ unit: 'binary' })),
        fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'),
        fc.boolean(),
        (text, style, isFlow) => {
          const source = scalarSource(text, style as 'PLAIN', isFlow);
          const document = isFlow ? `[${source}, x]` : `- ${source}\n- x\n`;
          for (const version of ['1.1', '1.2'] as const) {
            expect(parse(document, { version })).toEqual([text, 'x']);
          }
        }
      ),
      RUNS
    );
  });

  it('have no quotes where they need none', () => {
    for (const text of ['numpy>=1.26,<3', 'conda-forge::numpy', '-e .']) {
      expect(isPlain(text, false)).toBe(true);
    }
    for (const text of ['1.10', 'yes', 'a: b', 'a #b', '- x', '*', '@x', '']) {
      expect(isPlain(text, false)).toBe(false);
    }
  });
});

describe('a document', () => {
  it('is shown as what it says, and stays as it is', () => {
    fc.assert(
      fc.property(sample, ({ text, ...said }) => {
        const spec = new SpecDocument(text);
        expect(spec.problems).toEqual([]);
        expect(spec.text).toBe(text);
        expect(shown(text)).toEqual(said);
      }),
      RUNS
    );
  });

  it('changes in the line of an entry, and in no other, when that is edited', () => {
    fc.assert(
      fc.property(sample, fc.nat(), formText, ({ text }, pick, value) => {
        const spec = new SpecDocument(text);
        const entries = [
          ...spec.channels,
          ...spec.dependencies,
          ...spec.variables
        ].filter(entry => entry.isEditable);
        const entry = entries[pick % entries.length];
        if (!entry || value === entry.text) {
          return;
        }
        const change = { kind: 'set', place: entry.place, value } as const;
        const after = edited(text, change);
        expect(after).not.toBeNull();
        const [before, now] = changedLines(text, after ?? '');
        expect([before.length, now.length]).toEqual([1, 1]);
        expect(text.split('\n').indexOf(before[0] ?? '')).not.toBe(-1);
        const found = new SpecDocument(after ?? '').nodeAt(entry.place);
        expect(String((found as { value?: unknown }).value)).toBe(value);
        // And back again: not a byte is different.
        if (/^[a-z]/.test(value) && !text.includes("'")) {
          const back = edited(after ?? '', { ...change, value: entry.text });
          expect(shown(back ?? '')).toEqual(shown(text));
        }
      }),
      RUNS
    );
  });

  it('gets a line for a new entry, and nothing else', () => {
    fc.assert(
      fc.property(
        sample,
        fc.constantFrom('channels', 'dependencies', 'pip'),
        matchSpec,
        ({ text, ...said }, list, value) => {
          const after = edited(text, {
            kind: 'add',
            list: list as 'pip',
            value
          });
          expect(after).not.toBeNull();
          const key = list === 'dependencies' ? 'conda' : list;
          expect(shown(after ?? '')).toEqual({
            ...said,
            [key]: [...said[key as 'pip'], value]
          });
          const [before, now] = changedLines(text, after ?? '');
          const rest = before.filter(
            line =>
              !now.some(n =>
                n.startsWith(
                  line
                    .replace(/\s*[\]}\r]*( +# flow\r?)?$/, '')
                    .replace(/ \[$/, '')
                )
              )
          );
          expect(rest).toEqual([]);
          expect(now.length - before.length).toBeLessThanOrEqual(2);
        }
      ),
      RUNS
    );
  });

  it('loses the entry that is taken out, and no comment of another', () => {
    fc.assert(
      fc.property(sample, fc.nat(), ({ text, ...said }, pick) => {
        const spec = new SpecDocument(text);
        const entries = [...spec.channels, ...spec.dependencies];
        const at = pick % entries.length;
        const { place = '' } = entries[at] ?? {};
        const after = edited(text, { kind: 'remove', place });
        expect(after).not.toBeNull();
        const all = [...said.channels, ...said.conda, ...said.pip];
        all.splice(at, 1);
        const now = shown(after ?? '');
        expect([...now.channels, ...now.conda, ...now.pip]).toEqual(all);
        const comments = (source: string): number =>
          source.split('\n').filter(line => /^\s*# /.test(line)).length;
        // A pip section goes with its last line, and what is said in it.
        if (said.pip.length !== 1 || all.includes(said.pip[0] ?? '')) {
          expect(comments(after ?? '')).toBe(comments(text));
        }
      }),
      RUNS
    );
  });

  it('has two channels in the other order when one is moved, and is itself when it is moved back', () => {
    fc.assert(
      fc.property(sample, fc.nat(), ({ text, ...said }, pick) => {
        const { channels } = said;
        if (channels.length < 2) {
          return;
        }
        const at = pick % (channels.length - 1);
        const after = edited(text, {
          kind: 'swap',
          place: `channels[${at}]`,
          by: 1
        });
        const wanted = [...channels];
        wanted.splice(at, 2, channels[at + 1] ?? '', channels[at] ?? '');
        expect(shown(after ?? '')).toEqual({ ...said, channels: wanted });
        const back = edited(after ?? '', {
          kind: 'swap',
          place: `channels[${at + 1}]`,
          by: -1
        });
        expect(back).toBe(text);
      }),
      RUNS
    );
  });

  it('says what any change asks for, or is left as it is', () => {
    const key = fc.constantFrom('name', 'description');
    const variable = fc.constantFrom('A', 'MY_VAR', 'B2');
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({
        kind: fc.constant('field' as const),
        key: key as fc.Arbitrary<'name'>,
        value: fc.oneof(formText, fc.constantFrom('two\nlines', 'a\n\n b'))
      }),
      fc.record({
        kind: fc.constant('removeField' as const),
        key: fc.constant('description' as const)
      }),
      fc.record({
        kind: fc.constant('variable' as const),
        name: variable,
        value: formText
      }),
      fc.record({
        kind: fc.constant('renameVariable' as const),
        name: variable,
        to: fc.constant('RENAMED')
      }),
      fc.record({
        kind: fc.constant('removeVariable' as const),
        name: variable
      })
    );
    fc.assert(
      fc.property(
        sample,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (start, changes) => {
          let { text } = start;
          for (const one of changes) {
            const spec = new SpecDocument(text);
            const names = spec.variables.map(item => item.name);
            const after = edited(text, one);
            if (after === null) {
              // What is not there cannot go, and no name can be given twice.
              expect(
                (one.kind === 'removeField' && spec.description.line === 0) ||
                  (one.kind === 'removeVariable' &&
                    !names.includes(one.name)) ||
                  (one.kind === 'renameVariable' &&
                    (!names.includes(one.name) || names.includes(one.to)))
              ).toBe(true);
              continue;
            }
            const now = new SpecDocument(after);
            if (one.kind === 'field') {
              expect(now[one.key].text).toBe(one.value);
            } else if (one.kind === 'variable') {
              expect(
                now.variables.find(item => item.name === one.name)?.text
              ).toBe(one.value);
            } else if (one.kind === 'renameVariable') {
              expect(now.variables.map(item => item.name)).toContain(one.to);
            } else {
              expect(after.length).toBeLessThan(text.length);
            }
            text = after;
          }
          expect(shown(text).conda).toEqual(start.conda);
          expect(shown(text).channels).toEqual(start.channels);
        }
      ),
      RUNS
    );
  });
});

describe('line ends', () => {
  it('stay as they are in every line that is not edited', () => {
    const anyText = fc
      .array(
        fc.tuple(
          fc.stringMatching(/^[a-c]{0,3}$/),
          fc.constantFrom('\n', '\r\n', '\r')
        )
      )
      .map(lines => lines.flat().join(''));
    fc.assert(
      fc.property(
        anyText,
        fc.nat(),
        fc.nat(4),
        fc.stringMatching(/^[a-c\n]{0,4}$/),
        (text, at, length, insert) => {
          const lf = withLineFeeds(text);
          const from = at % (lf.length + 1);
          const now = lf.slice(0, from) + insert + lf.slice(from + length);
          const carried = carryOver(text, now);
          expect(withLineFeeds(carried)).toBe(now);
          expect(carryOver(text, lf)).toBe(text);
          if (!/\r(?!\n)/.test(text)) {
            // As many line ends went as were edited, and no more.
            const crs = (source: string): number => source.split('\r').length;
            const gone = lf.slice(from, from + length).split('\n').length;
            const come = insert.split('\n').length;
            expect(crs(carried)).toBeGreaterThan(crs(text) - gone);
            expect(crs(carried)).toBeLessThan(crs(text) + come);
          }
        }
      ),
      RUNS
    );
  });
});
