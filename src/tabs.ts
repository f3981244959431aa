/** What a document shows of an environment, one at a time, from left to right. */
export const TABS = [
  'overview',
  'specification',
  'packages',
  'builds',
  'log',
  'artifacts'
] as const;

export type Tab = (typeof TABS)[number];

export function isTab(value: unknown): value is Tab {
  return TABS.some(tab => tab === value);
}
