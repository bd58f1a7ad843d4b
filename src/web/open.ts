import { Pool, type PoolOptions } from '../jobs/pool.js';
import { Guard } from './access/guard.js';
import { cookieKey, Token } from './access/token.js';
import type { House } from './house.js';
import { Queue } from './store/queue.js';
import { Shelf } from './store/shelf.js';

export interface HouseOptions extends PoolOptions {
  readonly dataDir: string;
  readonly token?: string | undefined;
  readonly maxUpload: number;
  readonly keepUploads: boolean;
  /** Finished analyses older than this are removed; kept for ever when absent. */
  readonly retentionDays?: number | undefined;
  readonly onTrouble: (id: string, why: string) => void;
}

/** Milliseconds between two looks for what is too old. */
const SWEEP = 15 * 60_000;

/** Opens the data folder, takes up what was left unfinished, and removes what is too old, now and from time to time. */
export async function openHouse(options: HouseOptions): Promise<{ house: House; close: () => Promise<void> }> {
  const { dataDir, retentionDays, onTrouble } = options;
  const shelf = await Shelf.open(dataDir, (id, why) => onTrouble(id, `its record cannot be read: ${why}`));
  const queue = new Queue(shelf, new Pool(options), options);
  const token = options.token === undefined ? undefined : new Token(options.token, cookieKey(dataDir));
  const sweep = async (): Promise<void> => {
    if (retentionDays === undefined) return;
    for (const { id } of shelf.expired(retentionDays, Date.now()))
      await queue.remove(id).catch((error: Error) => onTrouble(id, error.message));
  };
  await sweep();
  await queue.resume();
  const clock = setInterval(() => void sweep(), SWEEP).unref();
  return {
    house: { shelf, queue, guard: new Guard(token), token, maxUpload: options.maxUpload },
    close: async () => {
      clearInterval(clock);
      await queue.close();
      shelf.close();
    },
  };
}
