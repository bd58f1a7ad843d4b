import { Worker } from 'node:worker_threads';
import { HELD } from './bytes.js';
import { type FromThread, inputsOf, outputsOf, SHARED, type ThreadData, type ToThread } from './inflate-memory.js';
import { type Inflating, type Packed, WRITES } from './inflating.js';

/** Not the data's fault: the thread could not be started, or was ended by the machine. */
export class ThreadLost extends Error {}

/**
 * A zlib stream with a thread of its own, and memory that both share. In the thread that decodes, each piece of output would be new
 * memory, and V8 would look for leavings every 12 MB.
 */
export class Aside implements Inflating {
  readonly #thread: Worker;
  readonly #inputs: readonly Uint8Array[];
  readonly #outputs: readonly Uint8Array[];
  /** Lengths of the pieces of output that were not taken. */
  readonly #ready: number[] = [];
  #given = 0;
  #taken = 0;
  #freed = 0;
  #last = false;
  #wake = () => {};
  pending = 0;
  failed: Error | undefined;
  ended = false;

  /** `script`: what `inflate-thread.ts` was built to. */
  constructor(packed: Packed, script: URL) {
    const memory = new SharedArrayBuffer(SHARED);
    this.#inputs = inputsOf(memory);
    this.#outputs = outputsOf(memory);
    this.#thread = new Worker(script, { workerData: { packed, memory } satisfies ThreadData });
    this.#thread.on('message', (word: FromThread) => {
      if (word === 'used') this.pending--;
      else if (word === 'ended') this.ended = true;
      else if ('output' in word) this.#ready.push(word.output);
      else this.failed = new Error(word.failed);
      this.#wake();
    });
    this.#thread.on('error', (error) => {
      this.failed = new ThreadLost(error.message);
      this.#wake();
    });
  }

  get hungry(): boolean {
    return this.pending < WRITES && this.failed === undefined && !this.ended;
  }

  give(piece: Uint8Array): void {
    this.pending++;
    this.#inputs[this.#given++ % this.#inputs.length]!.set(piece);
    this.#say({ input: piece.length });
  }

  end(): void {
    this.#last = true;
    this.#say('end');
  }

  async take(): Promise<Uint8Array | undefined> {
    for (; this.#freed <= this.#taken - HELD; this.#freed++) this.#say('free');
    for (;;) {
      const length = this.#ready.shift();
      if (length !== undefined) return this.#outputs[this.#taken++ % this.#outputs.length]!.subarray(0, length);
      if (this.failed !== undefined || this.ended) return undefined;
      if (this.pending === 0 && !this.#last) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    void this.#thread.terminate();
  }

  #say(word: ToThread): void {
    this.#thread.postMessage(word);
  }
}
