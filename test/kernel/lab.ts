import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What one namespace is made of; texts are input of `ip -batch`, `bridge -batch`, `ipset restore`, `iptables-restore`. */
export interface NamespacePlan {
  readonly name: string;
  /** Has taps, sockets and a sender; the wires have none. */
  readonly listens: boolean;
  readonly links: string;
  readonly sysctls: readonly (readonly [key: string, value: number])[];
  readonly addresses: string;
  readonly fdb: string;
  readonly ipset: string;
  readonly legacy: string;
  readonly nft: string;
}

/** One packet to send. */
export interface Sent {
  readonly number: number;
  readonly namespace: string;
  readonly proto: 'udp' | 'tcp' | 'icmp';
  /** Address that the socket is bound to. */
  readonly from: string;
  readonly to: string;
  /** The identifier of an ICMP echo. */
  readonly sport: number;
  readonly dport: number;
  /** Bytes of the whole IP packet; only UDP's is ours to choose. */
  readonly length: number;
}

export interface SeenEnds {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  readonly ttl: number;
}

/** The packet, an answer to it or an error about it, at one device (`in`, `out`) or accepted by a host (`taken`). */
export interface Sighting extends SeenEnds {
  readonly namespace: string;
  readonly how: 'in' | 'out' | 'passing-by' | 'taken';
  readonly device?: string;
  readonly mac?: string;
  readonly kind: 'request' | 'reply' | 'reset' | 'error';
  readonly proto: 'udp' | 'tcp' | 'icmp';
  /** ICMP errors. */
  readonly type?: number;
  readonly code?: number;
  readonly about?: SeenEnds & { readonly kind: string };
  /** The envelope, for what was seen inside VXLAN. */
  readonly outer?: SeenEnds & { readonly vni: number; readonly mac: string };
}

export interface Observation {
  /** Name of the error with which the kernel refused to send. */
  readonly refused: string | null;
  readonly sightings: readonly Sighting[];
  /** Counters of /proc/net/snmp and netstat that moved, by namespace. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The lab's process: one at a time, requests in order. Its namespaces die with it. */
export class Lab {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  #stderr = '';

  constructor() {
    const script = fileURLToPath(new URL('lab/lab.py', import.meta.url));
    this.#process = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'python3', '-B', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stderr!.on('data', (text) => {
      this.#stderr += text;
    });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#lines.on('line', (line) => this.#waiting.shift()?.resolve(line));
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting) reject(new Error(`the lab ended: ${this.#stderr}`));
    });
  }

  /** Makes namespaces and the links between them; answers with what the kernel or the tools refused. */
  build(namespaces: readonly NamespacePlan[], links: readonly string[]): Promise<readonly string[]> {
    return this.#ask('build', { namespaces, links });
  }

  /** Runs commands in a namespace; their outputs by file name. */
  dump(
    namespace: string,
    commands: readonly (readonly [file: string, argv: readonly string[]])[],
  ): Promise<Readonly<Record<string, string>>> {
    return this.#ask('dump', { namespace, commands });
  }

  /** `patience` in seconds: how long to wait for a packet that nobody answers. */
  send(question: Sent, patience: number): Promise<Observation> {
    return this.#ask('send', { question, patience });
  }

  /** Lets a namespace resolve the neighbour towards an address. */
  warm(namespace: string, address: string): Promise<null> {
    return this.#ask('warm', { namespace, address });
  }

  async close(): Promise<void> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null) await new Promise((resolve) => this.#process.once('exit', resolve));
  }

  async #ask<T>(what: string, given: object): Promise<T> {
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin!.write(`${JSON.stringify({ do: what, ...given })}\n`);
    });
    const answer = JSON.parse(line) as { ok?: T; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.ok as T;
  }
}
