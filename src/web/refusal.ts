/** A request that is not served, with the words for whoever sent it. */
export class Refusal extends Error {
  constructor(
    /** HTTP status, 4xx or 507. */
    readonly statusCode: number,
    message: string,
    /** Seconds after which to come again. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Errors of a file system that has no room left: full, over quota, over the size that files may have. */
const NO_ROOM: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const noRoom = (error: unknown): boolean =>
  error instanceof Error && NO_ROOM.has((error as NodeJS.ErrnoException).code);
