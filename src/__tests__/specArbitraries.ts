import * as fc from 'fast-check';

/** What a generated document says, and how it is written. */
export interface ISample {
  text: string;
  name: string;
  channels: string[];
  conda: string[];
  pip: string[];
  variables: Record<string, string>;
}

const name = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,9}$/);
const version = fc.stringMatching(
  /^[0-9]{1,2}(\.[0-9]{1,3}){0,2}(\.\*|\*|rc1)?$/
);
const operator = fc.constantFrom('=', '==', '>=', '<=', '<', '>', '!=', '~=');
const bound = fc
  .tuple(operator, fc.constantFrom('', ' '), version)
  .map(parts => parts.join(''));
const bounds = fc
  .array(bound, { minLength: 1, maxLength: 3 })
  .chain(items =>
    fc.constantFrom(',', ', ', '|').map(separator => items.join(separator))
  );
const buildString = fc.stringMatching(/^[a-z0-9*_]{1,8}$/);

/** Match specs in every way that people write them. */
export const matchSpec = fc.oneof(
  name,
  fc
    .tuple(name, fc.constantFrom('', ' ', '  '), bounds)
    .map(part => part.join('')),
  fc.tuple(name, version).map(part => part.join(' ')),
  fc.tuple(name, version, buildString).map(part => part.join('=')),
  fc.tuple(name, version, buildString).map(part => part.join(' ')),
  fc
    .tuple(
      fc.constantFrom('conda-forge', 'https://c.test/label/x'),
      name,
      bound
    )
    .map(([channel, pkg, constraint]) => `${channel}::${pkg}${constraint}`),
  fc
    .tuple(name, bounds, buildString)
    .map(
      ([pkg, constraint, build]) =>
        `${pkg}[version='${constraint}', build=${build}]`
    ),
  fc
    .tuple(name, bounds)
    .map(([pkg, constraint]) => `${pkg}[version="${constraint}"]`),
  fc.constantFrom('*', '__glibc >=2.28', 'https://c.test/linux-64/a-1-0.conda')
);

/** Lines of pip sections. */
export const pipLine = fc.oneof(
  name,
  fc
    .tuple(name, fc.constantFrom('', '[extra]', '[a, b]'), bound)
    .map(part => part.join('')),
  fc
    .tuple(name, bound)
    .map(
      ([pkg, constraint]) => `${pkg}${constraint} ; python_version < "3.12"`
    ),
  fc.constantFrom(
    '-r more.txt',
    '--index-url https://pypi.test/simple',
    '-e .',
    './local',
    'git+https://g.test/a.git#egg=a'
  )
);

const channel = fc.oneof(
  fc.constantFrom('conda-forge', 'bioconda', 'pytorch', 'nodefaults'),
  fc.stringMatching(/^https:\/\/[a-z]{1,8}\.test\/[a-z]{1,6}$/)
);
const comment = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^[a-zA-Z:'"{}[\], -]{1,12}$/).map(text => `  # ${text}`)
);
const value = fc.oneof(
  fc.stringMatching(/^[A-Za-z/._ :#'"\\{}[\],&*!|>%@`=?-]{0,12}$/),
  fc.constantFrom(
    'yes',
    '1.10',
    '0x1f',
    'null',
    '~',
    '2024-01-01',
    '1_000',
    'é€🐍',
    "it's",
    ' x',
    'a: b'
  )
);

/** Any text of one line that a form may be given. */
export const formText = value;

type Quote = 'plain' | 'single' | 'double';
const quote = fc.constantFrom<Quote>('plain', 'single', 'double');

/** Whether YAML reads it as this very text without quotes, for certain. */
function isSafe(text: string): boolean {
  return (
    /^[A-Za-z_./-][A-Za-z0-9_./=<>!~,|*+ -]*$/.test(text) &&
    text === text.trim() &&
    !/^(yes|no|on|off|y|n|true|false|null|=|-|\.inf|\.nan)$/i.test(text) &&
    !/^[-.]/.test(text)
  );
}

function scalar(text: string, style: Quote): string {
  if (style === 'plain' && isSafe(text)) {
    return text;
  }
  return style === 'single'
    ? `'${text.replaceAll("'", "''")}'`
    : JSON.stringify(text);
}

interface IStyle {
  indent: number;
  dash: string;
  gap: boolean;
  flow: boolean;
}
const style = fc.record<IStyle>({
  indent: fc.constantFrom(0, 2, 4),
  dash: fc.constantFrom('- ', '-   '),
  gap: fc.boolean(),
  flow: fc.boolean()
});

interface IItem {
  text: string;
  quote: Quote;
  comment: string;
  above: string;
}
const itemOf = (text: fc.Arbitrary<string>): fc.Arbitrary<IItem> =>
  fc.record({
    text,
    quote,
    comment,
    above: fc.oneof(fc.constant(''), fc.constant('# above'), fc.constant(' '))
  });
const listOf = (
  text: fc.Arbitrary<string>,
  minLength = 0
): fc.Arbitrary<IItem[]> => fc.array(itemOf(text), { minLength, maxLength: 5 });

function blockList(items: readonly IItem[], how: IStyle, lead = ''): string[] {
  const pad = lead + ' '.repeat(how.indent);
  return items.flatMap((item, index) => [
    ...(item.above ? [item.above.trim() ? pad + item.above : ''] : []),
    `${pad}${how.dash}${scalar(item.text, item.quote)}${item.comment}`,
    ...(how.gap && index === 0 ? [''] : [])
  ]);
}

function flowList(items: readonly IItem[]): string {
  return `[${items.map(({ text }) => JSON.stringify(text)).join(', ')}]`;
}

/** An environment.yml, in one of the many ways to write one. */
export const sample: fc.Arbitrary<ISample> = fc
  .record({
    name: fc.tuple(name, quote, comment),
    description: fc.constantFrom<string[]>(
      [],
      ['description: plain words'],
      ['description: "a: b"'],
      ['description: |', '  two', '  lines'],
      ['description: >-', '  folded', '', '  lines', '']
    ),
    channels: listOf(channel),
    conda: listOf(matchSpec, 1),
    pip: listOf(pipLine),
    variables: fc.dictionary(
      fc.stringMatching(/^[A-Z][A-Z0-9_]{0,6}$/),
      fc.tuple(value, quote),
      { maxKeys: 3 }
    ),
    rest: fc.constantFrom<string[]>(
      [],
      ['prefix: /opt/x'],
      ['# the end'],
      ['x-note: {a: [1, 2]}']
    ),
    styles: fc.tuple(style, style, style),
    head: fc.constantFrom<string[]>(
      [],
      ['# made by hand'],
      ['---'],
      ['', '# two', '']
    ),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n'),
    isEnded: fc.boolean()
  })
  .map(parts => {
    const [channelStyle, condaStyle, pipStyle] = parts.styles;
    const lines = [
      ...parts.head,
      `name: ${scalar(parts.name[0], parts.name[1])}${parts.name[2]}`,
      ...parts.description
    ];
    if (channelStyle.flow || parts.channels.length === 0) {
      lines.push(`channels: ${flowList(parts.channels)}  # flow`);
    } else {
      lines.push('channels:', ...blockList(parts.channels, channelStyle));
    }
    if (condaStyle.flow && parts.pip.length === 0) {
      lines.push(`dependencies: ${flowList(parts.conda)}`);
    } else {
      lines.push('dependencies:  # all', ...blockList(parts.conda, condaStyle));
      if (parts.pip.length > 0) {
        const pad = ' '.repeat(condaStyle.indent);
        lines.push(
          `${pad}${condaStyle.dash}pip:`,
          ...blockList(
            parts.pip,
            pipStyle,
            pad + ' '.repeat(condaStyle.dash.length)
          )
        );
      }
    }
    const variables = Object.entries(parts.variables);
    if (variables.length > 0) {
      lines.push('variables:');
      for (const [key, [text, how]] of variables) {
        lines.push(`  ${key}: ${scalar(text, how)}`);
      }
    }
    lines.push(...parts.rest);
    const text =
      lines.join(parts.lineEnd) + (parts.isEnded ? parts.lineEnd : '');
    return {
      text,
      name: parts.name[0],
      channels: parts.channels.map(item => item.text),
      conda: parts.conda.map(item => item.text),
      pip: parts.pip.map(item => item.text),
      variables: Object.fromEntries(
        variables.map(([key, [item]]) => [key, item])
      )
    };
  });
