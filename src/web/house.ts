import type { Guard } from './access/guard.js';
import type { Token } from './access/token.js';
import type { Queue } from './store/queue.js';
import type { Shelf } from './store/shelf.js';

/** What every route works with. */
export interface House {
  readonly shelf: Shelf;
  readonly queue: Queue;
  readonly guard: Guard;
  readonly token: Token | undefined;
  /** Bytes of one bundle. */
  readonly maxUpload: number;
}
