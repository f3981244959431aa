/** The name that a specification has until its author thinks of one. */
export const DEFAULT_NAME = 'my-environment';

/** Something to start from. */
export interface ITemplate {
  /** Tells it from the others; the label of those that users wrote. */
  id: string;
  /** The packages of the built-in ones; the text of those that users wrote. */
  packages?: readonly string[];
  text?: string;
}

/** The built-in templates. All but the blank one have a kernel for notebooks. */
export const TEMPLATES: readonly ITemplate[] = [
  { id: 'blank', packages: [] },
  { id: 'python', packages: ['python', 'ipykernel'] },
  {
    id: 'data-science',
    packages: [
      'python',
      'ipykernel',
      'numpy',
      'pandas',
      'scipy',
      'matplotlib',
      'scikit-learn',
      'ipywidgets'
    ]
  },
  { id: 'dask', packages: ['python', 'ipykernel', 'dask', 'distributed'] },
  { id: 'r', packages: ['r-base', 'r-irkernel', 'r-tidyverse'] }
];

/** The specification of a template, with the channels of the server. */
export function templateText(
  template: ITemplate,
  channels: readonly string[]
): string {
  if (template.text !== undefined) {
    return template.text;
  }
  const list = (items: readonly string[]): string =>
    items.length > 0
      ? `\n${items.map(item => `  - ${item}`).join('\n')}`
      : ' []';
  return [
    `name: ${template.id === 'blank' ? DEFAULT_NAME : template.id}`,
    `channels:${list(channels)}`,
    `dependencies:${list(template.packages ?? [])}`,
    ''
  ].join('\n');
}
