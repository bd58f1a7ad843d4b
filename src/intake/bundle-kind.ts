import { peek } from './bytes.js';
import { decompress } from './decompress.js';
import { openFile, readHandle } from './folder.js';
import { Budget, DEFAULT_LIMITS } from './limits.js';
import { ARCHIVES, COMPRESSIONS, type Content, HEAD_LENGTH, recognise } from './recognise.js';

/** What a file is to somebody who looks for bundles in a folder. */
export type BundleKind =
  | 'archive'
  | 'capture'
  /** Text, an image, a compressed log: not by itself a bundle. */
  | 'other';

/** Compressions around each other that are looked through. */
const LAYERS = 3;

const isOneOf = <T extends string>(kinds: readonly T[], { kind }: Content): boolean =>
  (kinds as readonly string[]).includes(kind);

/**
 * Tells by content whether a file is an archive or a capture, compressed or not. Reads no more than its beginning. A damaged
 * one is what its beginning says. Throws what the system says when the file cannot be read.
 */
export async function bundleKind(path: string): Promise<BundleKind> {
  const handle = await openFile(path, false);
  try {
    const { size } = await handle.stat();
    let head = await peek(readHandle(handle, size, undefined), HEAD_LENGTH);
    for (let layer = 0; ; layer++) {
      const content = recognise(head.head);
      if (isOneOf(ARCHIVES, content)) return 'archive';
      if (content.kind === 'pcap' || content.kind === 'pcapng') return 'capture';
      const compression = COMPRESSIONS.find((kind) => kind === content.kind);
      if (compression === undefined || layer === LAYERS) return 'other';
      head = await peek(
        decompress(compression, head, new Budget(DEFAULT_LIMITS), () => {}),
        HEAD_LENGTH,
      );
    }
  } finally {
    await handle.close();
  }
}
