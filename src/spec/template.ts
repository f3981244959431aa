/** What a new specification starts from, unless the settings say otherwise. */
export const DEFAULT_TEMPLATE = `name: my-environment
channels:
  - conda-forge
dependencies:
  - python
  - ipykernel
  - numpy
`;
