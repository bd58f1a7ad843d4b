/**
 * Pieces of text (the output of one command each) that one run keeps apart: 60 of each of 1,000 nodes. Each takes some 1,500 bytes,
 * and a file of nothing but prompts would have millions.
 */
export const MOST_PIECES = 60_000;
/** Hosts that are told apart, by prompts, log lines or names of folders: two of the largest clusters. Each is a node of the model, with some 14 kB. */
export const MOST_HOSTS = 10_000;
/** Notes that are told apart: a few of each member, of which there are as many. */
export const MOST_NOTES = 100_000;

/** Decides which pieces are kept. */
export class Admission {
  readonly #hosts = new Set<string>();
  #pieces = 0;

  /** Whether no piece at all has room any more. */
  get closed(): boolean {
    return this.#pieces >= MOST_PIECES;
  }

  /** Counts a piece of a host, if it names one. Why it is left out, when it must be. */
  refuse(host: string | undefined): string | undefined {
    if (this.closed) return `more than ${MOST_PIECES} outputs of commands: the rest was left out`;
    if (host !== undefined && !this.#hosts.has(host)) {
      if (this.#hosts.size >= MOST_HOSTS) return `more than ${MOST_HOSTS} hosts: what others show was left out`;
      this.#hosts.add(host);
    }
    this.#pieces++;
    return undefined;
  }
}
