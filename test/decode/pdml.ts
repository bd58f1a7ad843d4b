/** One layer of a packet: the first occurrence of each field. `quoted` layers lie below an ICMP message. */
export interface Layer {
  readonly name: string;
  readonly fields: Map<string, string>;
  readonly quoted: boolean;
}

const PROTO = /^\s*<proto name="([^"]*)"/;
const FIELD = /^\s*<field name="([^"]*)".*? show="([^"]*)"/;

/** Reads tshark's PDML line by line and hands on each packet's layers, so that no more than one packet is held. */
export class PdmlReader {
  readonly #take: (layers: readonly Layer[]) => void;
  #packet: Layer[] = [];
  #stack: Layer[] = [];

  constructor(take: (layers: readonly Layer[]) => void) {
    this.#take = take;
  }

  line(line: string): void {
    if (line.startsWith('<packet>')) {
      this.#packet = [];
      this.#stack = [];
      return;
    }
    if (line.startsWith('</packet>')) {
      // Records that are no packets (a journal, a system call) have no link type.
      if (this.#packet.some((layer) => layer.fields.has('frame.encap_type'))) this.#take(this.#packet);
      return;
    }
    const proto = PROTO.exec(line);
    if (proto !== null) {
      const quoted = this.#stack.some((l) => l.name === 'icmp' || l.name === 'icmpv6');
      const layer = { name: proto[1]!, fields: new Map<string, string>(), quoted };
      this.#packet.push(layer);
      if (!line.trimEnd().endsWith('/>')) this.#stack.push(layer);
      return;
    }
    if (line.trim() === '</proto>') this.#stack.pop();
    const field = FIELD.exec(line);
    const top = this.#stack.at(-1);
    if (field !== null && top !== undefined && !top.fields.has(field[1]!)) top.fields.set(field[1]!, field[2]!);
  }
}
