/** Decompression of one stream under the limits. */
import type { Bytes } from './bytes.js';
import { bunzip2 } from './bzip2.js';
import { gunzip, inflate } from './gzip.js';
import { ThreadLost } from './inflating-aside.js';
import { type Budget, formatBytes } from './limits.js';
import type { Compression } from './recognise.js';

/** What a stream can be packed with: those that are recognised by themselves, and what occurs within zip. */
export type Encoding = Compression | 'deflate' | 'stored';

/** Input is handed over in slices, so that the ratio is that of the bytes really used. */
const SLICE = { least: 16 * 1024, most: 1024 * 1024 } as const;

/**
 * How large the next slice is, in bytes. Each costs time, so where the decompressor holds little however much a slice
 * would give, slices grow to a 64th of what came before: that is how far the ratio may be off.
 */
function sliceAfter(taken: number, kind: Encoding): number {
  const steady = kind === 'gzip' || kind === 'deflate' || kind === 'stored';
  return steady ? Math.min(Math.max(SLICE.least, Math.floor(taken / 64)), SLICE.most) : SLICE.least;
}

/**
 * Each throws where its stream is damaged or cut, after it has handed out all that comes before. What few bundles need is
 * loaded when one does.
 */
const DECOMPRESSORS: Readonly<Record<Encoding, (source: Bytes, size?: number) => AsyncGenerator<Uint8Array>>> = {
  gzip: gunzip,
  deflate: (source) => inflate(source),
  // Not compressed, but entries of a zip may overlap: what they give in all must be bounded too.
  stored: iterate,
  async *xz(source) {
    yield* (await import('./xz.js')).unxz(source);
  },
  async *zstd(source) {
    yield* (await import('./zstd.js')).unzstd(source);
  },
  bzip2: bunzip2,
};

async function* iterate(source: Bytes): AsyncGenerator<Uint8Array> {
  yield* source;
}

/**
 * Decompresses a stream of `size` bytes, where that is known. Never throws: damage, a cut and every limit end the stream and are
 * reported through `problem`, one sentence each.
 */
export async function* decompress(
  kind: Encoding,
  source: Bytes,
  budget: Budget,
  problem: (reason: string) => void,
  size?: number,
): AsyncGenerator<Uint8Array> {
  const { ratio, ratioAfter, totalBytes } = budget.limits;
  let taken = 0;
  let given = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        const slice = chunk.subarray(at, at + sliceAfter(taken, kind));
        at += slice.length;
        taken += slice.length;
        budget.feed(slice.length);
        yield slice;
      }
    }
  }
  try {
    for await (const chunk of DECOMPRESSORS[kind](counted(), size)) {
      given += chunk.length;
      if (!budget.spend(chunk.length)) {
        problem(`more than ${formatBytes(totalBytes)} were decompressed in all: the rest was left out`);
        return;
      }
      if (budget.swollen()) {
        const all = formatBytes(budget.limits.ratioAfterAll);
        problem(`packed data grew more than ${ratio} times to over ${all} in all: the rest was left out`);
        return;
      }
      if (given > ratioAfter && given > taken * ratio) {
        problem(`${kind} data grew more than ${ratio} times to over ${formatBytes(ratioAfter)}: the rest was left out`);
        return;
      }
      yield chunk;
    }
  } catch (error) {
    const why = error instanceof ThreadLost ? `could not be read further (${error.message})` : 'is cut or damaged';
    problem(`${kind} data ${why}: ${formatBytes(given)} could be decompressed`);
  }
}
