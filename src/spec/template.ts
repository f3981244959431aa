/** What a new specification starts from, unless the settings say otherwise. */
export function defaultTemplate(channels: readonly string[]): string {
  return [
    'name: my-environment',
    'channels:',
    ...channels.map(channel => `  - ${channel}`),
    'dependencies:',
    '  - python',
    '  - ipykernel',
    '  - numpy',
    ''
  ].join('\n');
}
