import { type Difference, differ } from '../decode/differ.js';
import type { Dumped } from '../decode/dump.js';
import { explain } from './explain.js';
import { isDecoded, sameLink } from './link-types.js';
import { type Decoder, podtrail } from './our-frames.js';
import { TheirFrames } from './their-frames.js';
import { TunnelPorts } from './tunnel-ports.js';

/** A frame that differs, for a reason that no rule knows. */
export interface Unexplained {
  readonly frame: number;
  /** Layers as tshark sees them. */
  readonly stack: string;
  readonly differences: readonly Difference[];
}

/** `broken`: one of both says that the file is damaged or cut. `foreign`: a format that podtrail does not read. */
export type FileState = 'whole' | 'broken' | 'foreign';

export interface FileResult {
  readonly file: string;
  readonly state: FileState;
  readonly frames: number;
  readonly agreed: number;
  /** Frames of link types that are not decoded. */
  readonly otherLinks: number;
  /** Frames by the name of the rule that explains the first difference. */
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplainedFrames: number;
  /** The first of them. */
  readonly unexplained: readonly Unexplained[];
  /** What podtrail and tshark say of a file that is not whole. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** Unexplained frames of one file that are kept whole; the others are counted. */
const KEPT = 1000;

/**
 * Decodes a capture with podtrail and with tshark, and compares frame by frame. Where podtrail finds a tunnel by its content, on
 * a port that tshark does not know, tshark is told of the port and asked again.
 */
export async function compareFile(file: string, decoder: Decoder = podtrail): Promise<FileResult> {
  const ports = new TunnelPorts();
  const first = await comparePass(file, [], decoder, ports);
  const options = ports.options();
  if (first.unexplainedFrames === 0 || options.length === 0) return first;
  const second = await comparePass(file, options, decoder, ports);
  return second.unexplainedFrames < first.unexplainedFrames ? second : first;
}

/** Decodes both in step: no more than a piece of either is held. */
async function comparePass(
  file: string,
  options: readonly string[],
  decoder: Decoder,
  ports: TunnelPorts,
): Promise<FileResult> {
  const judge = new TheirFrames(file, options);
  let [frames, agreed, otherLinks, unexplainedFrames, only] = [0, 0, 0, 0, 0];
  const explained: Record<string, number> = {};
  const unexplained: Unexplained[] = [];
  const report = (frame: number, stack: string, found: readonly Difference[]) => {
    unexplainedFrames++;
    if (unexplained.length < KEPT) unexplained.push({ frame, stack, differences: found });
  };
  const compare = (row: Dumped, linkType: number, theirs: Dumped) => {
    frames++;
    if (!isDecoded(linkType)) {
      otherLinks++;
      return;
    }
    ports.note(row, theirs);
    const found = differ(row, theirs);
    if (!sameLink(linkType, theirs.encapsulation)) {
      found.unshift({ field: 'linkType', ours: linkType, theirs: theirs.encapsulation });
    }
    const reasons = found.map((difference) => explain(difference, row, theirs));
    const left = found.filter((_, i) => reasons[i] === undefined);
    if (left.length > 0) report(Number(row.place), String(theirs.stack), left);
    else if (found.length === 0) agreed++;
    else explained[reasons[0]!] = (explained[reasons[0]!] ?? 0) + 1;
  };
  let ended = false;
  const ours = await decoder(file, async (batch) => {
    for (const { row, linkType } of batch) {
      const theirs = ended ? undefined : await judge.next();
      if (theirs === undefined) {
        ended = true;
        only++;
      } else compare(row, linkType, theirs);
    }
  });
  let missing = 0;
  while (!ended && (await judge.next()) !== undefined) missing++;
  const theirs = await judge.complaints();
  const foreign = ours.some((note) => note.startsWith('neither a pcap nor a pcapng'));
  const state = foreign ? 'foreign' : ours.length > 0 || theirs.length > 0 ? 'broken' : 'whole';
  if (state === 'whole' && only + missing > 0) {
    report(frames + 1, '', [{ field: 'frames', ours: frames + only, theirs: frames + missing }]);
  }
  const count = `${frames + only} frames, tshark ${frames + missing}`;
  return {
    ...{ file, state, frames, agreed, otherLinks, explained, unexplainedFrames, unexplained },
    ours: state === 'whole' ? ours : [count, ...ours.slice(0, 5)],
    theirs,
  };
}
