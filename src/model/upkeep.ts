import type { DetailClient } from '../api/detailClient';
import type { EnvStoreError } from '../api/errors';
import type { IUpkeep } from '../api/types';

/** Milliseconds between two questions how it goes. */
const INTERVAL = 1000;

/**
 * Verifies, repairs or restores a build to the end, and returns how it ended.
 *
 * Rejects with `EnvStoreError` when the server refuses.
 */
export async function lookAfter(
  client: Pick<DetailClient, 'beginUpkeep' | 'upkeep'>,
  buildId: number,
  task: IUpkeep['task']
): Promise<IUpkeep> {
  let upkeep = await client.beginUpkeep(buildId, task);
  while (upkeep.ended_on === null) {
    await new Promise(resolve => window.setTimeout(resolve, INTERVAL));
    try {
      upkeep = await client.upkeep(buildId, { background: true });
    } catch (error) {
      // It goes on in the server, which may be out of reach for a moment.
      if ((error as EnvStoreError).kind !== 'unreachable') {
        throw error;
      }
    }
  }
  return upkeep;
}
