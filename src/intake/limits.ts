/** How much is read of one input, so that a hostile or broken bundle costs a note and not the machine. */

/** Every limit leaves something out with a note that says what and why; none of them is an error. */
export interface Limits {
  /** Entries of all archives and folders together; directories and links count too. */
  readonly members: number;
  /** Bytes that decompression may give in all, nested layers each counted. */
  readonly totalBytes: number;
  /** Bytes read of one member, after decompression. */
  readonly memberBytes: number;
  /** Decompressed bytes per compressed byte of one stream … */
  readonly ratio: number;
  /** … looked at only after this many decompressed bytes: short and very regular files compress well honestly. */
  readonly ratioAfter: number;
  /** … and of all streams together only after this many: an archive may hold thousands of them, or name one a thousand times. */
  readonly ratioAfterAll: number;
  /** Bytes of the temporary file for a zip that arrives on a stream. */
  readonly spoolBytes: number;
  /** Archives around a member, the outermost included. Collectors nest up to three; users pack those again. */
  readonly depth: number;
  /** Characters of a member's path. */
  readonly pathLength: number;
}

const MEBI = 1024 * 1024;
const GIBI = 1024 * MEBI;

export const DEFAULT_LIMITS: Limits = {
  members: 100_000,
  totalBytes: 64 * GIBI,
  memberBytes: 16 * GIBI,
  ratio: 200,
  ratioAfter: 256 * MEBI,
  ratioAfterAll: 2 * GIBI,
  spoolBytes: 4 * GIBI,
  depth: 5,
  pathLength: 1024,
};

/** What one run has used of its limits. */
export class Budget {
  #members = 0;
  #bytes = 0;
  #packed = 0;
  /** Set once nothing more may be read; every loop looks at it. */
  exhausted = false;

  constructor(readonly limits: Limits) {}

  /** Counts an entry; false when it is one too many. */
  member(): boolean {
    if (++this.#members > this.limits.members) this.exhausted = true;
    return !this.exhausted;
  }

  /** Counts compressed bytes that a decompressor was given. */
  feed(bytes: number): void {
    this.#packed += bytes;
  }

  /** True, from then on for everything, when all streams together grew more than any honest ones do. */
  swollen(): boolean {
    const { ratio, ratioAfterAll } = this.limits;
    if (this.#bytes > ratioAfterAll && this.#bytes > this.#packed * ratio) this.exhausted = true;
    return this.exhausted;
  }

  /** Counts decompressed bytes; false when they are too many. */
  spend(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes > this.limits.totalBytes) this.exhausted = true;
    return !this.exhausted;
  }
}

/** A number of bytes for people: `512 bytes`, `64 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
