import type { Line } from '../../core/sink.js';

/** Characters of all hosts' lines that wait until all of them are there. */
const MOST = 8_000_000;

/** What several hosts said to one command, whose lines come as they please (`pdsh -a ip route`). */
export class Spread {
  readonly #byHost = new Map<string, Line[]>();
  #characters = 0;

  /** False when there is no room for more. */
  add(host: string, line: Line): boolean {
    if (this.#characters > MOST) return false;
    this.#characters += line.text.length + 40;
    const lines = this.#byHost.get(host);
    if (lines === undefined) this.#byHost.set(host, [line]);
    else lines.push(line);
    return true;
  }

  get byHost(): ReadonlyMap<string, readonly Line[]> {
    return this.#byHost;
  }
}
