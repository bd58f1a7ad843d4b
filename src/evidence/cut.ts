import { type CutFrame, cutFrames } from '../decode/cut-frames.js';
import type { Limits } from '../intake/limits.js';
import { openInput } from '../intake/open.js';
import { inputName } from '../intake/path.js';
import { formatTime } from '../store/evidence.js';
import type { Cited, CitedPlaces } from './cited.js';

/** A cited frame, found again. */
export interface FoundFrame {
  readonly file: string;
  readonly frame: CutFrame;
  readonly cited: Cited;
}

/** The most bytes of frames that are cut out: a ticket gets kilobytes, and a hostile report must not fill memory. */
const MAX_BYTES = 64 << 20;

/**
 * Reads the inputs again, as far as needed, and cuts out the cited frames; by time. A frame whose time is not the one that was
 * quoted is another one: two members may have one name, and inputs may change between two readings.
 */
export async function cutCited(
  paths: readonly string[],
  wanted: CitedPlaces['frames'],
  { limits, tempDir }: { readonly limits: Limits; readonly tempDir: string },
): Promise<readonly FoundFrame[]> {
  const missing = new Map([...wanted].map(([file, places]) => [file, new Map(places)]));
  const found: FoundFrame[] = [];
  let room = MAX_BYTES;
  for (const path of paths) {
    if (missing.size === 0) break;
    const prefix = paths.length > 1 ? `${inputName(path)}/` : '';
    for await (const member of openInput(path, { limits, note: () => undefined, tempDir, prefix })) {
      const places = missing.get(member.path);
      if (places === undefined || (member.content.kind !== 'pcap' && member.content.kind !== 'pcapng')) continue;
      await cutFrames(member.bytes, new Set(places.keys()), (frame) => {
        const cited = places.get(frame.number);
        if (cited === undefined || !isQuoted(frame, cited) || frame.bytes.length > room) return;
        room -= frame.bytes.length;
        found.push({ file: member.path, frame, cited });
        places.delete(frame.number);
      });
      if (places.size === 0) missing.delete(member.path);
      if (missing.size === 0) break;
    }
  }
  return found.sort(byTime);
}

/** Quotes of frames begin with their time, where the file has times. */
function isQuoted({ timeNs }: CutFrame, { quote }: Cited): boolean {
  const [quoted] = /^\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(quote) ?? [];
  return quoted === undefined || timeNs === undefined || quoted === formatTime(timeNs, 'epoch');
}

function byTime(a: FoundFrame, b: FoundFrame): number {
  const [at, bt] = [a.frame.timeNs ?? 0n, b.frame.timeNs ?? 0n];
  if (at !== bt) return at < bt ? -1 : 1;
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.frame.number - b.frame.number;
}
