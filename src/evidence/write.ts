import type { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../core/escape.js';
import type { Report } from '../core/finding.js';
import { DEFAULT_LIMITS, type Limits } from '../intake/limits.js';
import { withWorkspace } from '../store/workspace.js';
import { type CitedPlaces, citedPlaces } from './cited.js';
import { cutCited, type FoundFrame } from './cut.js';
import { claimFolder, refuseStreams } from './folder.js';
import { linesText } from './lines-text.js';
import { type Interface, pcapngFile } from './pcapng-file.js';

/** What was written. */
export interface WrittenEvidence {
  /** Paths of the files, in the order README.txt, frames.pcapng, lines.txt; the last two only when something is in them. */
  readonly files: readonly string[];
  readonly frames: number;
  readonly lines: number;
  /** Cited frames that were not found again (inputs changed), or would have made the file too large. */
  readonly missing: number;
  /** Cited frames that were left out because the report is redacted. */
  readonly withheld: number;
}

/**
 * Writes what the findings of a report cite into a folder that is new or empty: `frames.pcapng` (each frame once, as captured,
 * with a comment that names file, frame number and findings), `lines.txt` and `README.txt`. `paths` are those that the report
 * was made of, in the same order; they are read again, as far as needed. Throws Failure, before anything is written, when the
 * folder is not empty or a path is a stream.
 */
export async function writeEvidence(
  paths: readonly string[],
  report: Pick<Report, 'bundle' | 'findings' | 'redacted'>,
  dir: string,
  { limits = DEFAULT_LIMITS }: { readonly limits?: Limits } = {},
): Promise<WrittenEvidence> {
  refuseStreams(paths);
  claimFolder(dir);
  const cited = citedPlaces(report.findings);
  // A frame's bytes hold the real addresses.
  const wanted: CitedPlaces['frames'] = report.redacted === true ? new Map() : cited.frames;
  const found = await withWorkspace((workspace) => cutCited(paths, wanted, { limits, tempDir: workspace.dir }));
  const [frames, lines] = [countOf(cited.frames), countOf(cited.lines)];
  const withheld = frames - countOf(wanted);
  const written = { frames: found.length, lines, missing: frames - withheld - found.length, withheld };
  const files = new Map<string, string | Buffer>([['README.txt', readme(report.bundle.name, written)]]);
  if (found.length > 0) files.set('frames.pcapng', framesFile(found));
  if (lines > 0) files.set('lines.txt', linesText(cited.lines));
  for (const [name, content] of files) await writeFile(join(dir, name), content, { flag: 'wx' });
  return { files: [...files.keys()].map((name) => join(dir, name)), ...written };
}

const countOf = (files: CitedPlaces['lines']): number =>
  [...files.values()].reduce((sum, places) => sum + places.size, 0);

function framesFile(found: readonly FoundFrame[]): Buffer {
  const interfaces = new Map<string, { readonly at: number; readonly one: Interface }>();
  const frames = found.map(({ file, frame, cited }) => {
    const key = `${frame.linkType} ${frame.ifname ?? ''}\0${file}`;
    const known = interfaces.get(key) ?? {
      at: interfaces.size,
      one: {
        linkType: frame.linkType,
        name: printable(frame.ifname ?? file),
        description: printable(frame.ifname === undefined ? file : `${frame.ifname} in ${file}`),
      },
    };
    interfaces.set(key, known);
    return {
      at: known.at,
      timeNs: frame.timeNs ?? 0n,
      bytes: frame.bytes,
      wireLength: frame.wireLength,
      comment: printable(
        `${file} frame ${frame.number}${frame.timeNs === undefined ? ' (no time in the file)' : ''}: ${cited.by.join(', ')}`,
      ),
    };
  });
  return pcapngFile(
    [...interfaces.values()].map(({ one }) => one),
    frames,
  );
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function readme(bundle: string, { frames, lines, missing, withheld }: Omit<WrittenEvidence, 'files'>): string {
  const parts = [
    ...(frames > 0
      ? [
          `frames.pcapng: ${counted(frames, 'packet')} as captured, payload included, each with a comment that says where it is from and which findings cite it`,
        ]
      : []),
    ...(lines > 0 ? [`lines.txt: ${counted(lines, 'line')} with number and the findings that cite it`] : []),
  ];
  return [
    `What the findings of podtrail's report on ${printable(bundle)} cite, cut out of the bundle.`,
    parts.length === 0 ? 'They cite no packet and no line.' : `${parts.join('; ')}.`,
    ...(missing > 0 ? [`${counted(missing, 'cited packet')} not found again, or too large.`] : []),
    ...(withheld > 0
      ? [
          `${counted(withheld, 'cited packet')} left out: addresses and names are replaced in this report, and packets hold the real ones.`,
        ]
      : []),
    '',
  ].join('\n');
}
