import type { DetailClient } from '../api/detailClient';

/** Where the channels are that have short names. */
const ALIAS = /^https:\/\/conda\.anaconda\.org\//;

/** The channels that have a package, of those that the store has an index of. */
export async function channelsWith(
  client: Pick<DetailClient, 'findPackages'>,
  name: string
): Promise<readonly string[]> {
  const { data } = await client.findPackages({ versionsOf: name }, []);
  return [
    ...new Set(data.map(({ channel }) => channel.name.replace(ALIAS, '')))
  ];
}
