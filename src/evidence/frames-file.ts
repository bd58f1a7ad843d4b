import type { Buffer } from 'node:buffer';
import { printable } from '../core/escape.js';
import type { Cited } from './cited.js';
import type { FoundFrame } from './cut.js';
import { type Interface, pcapngFile } from './pcapng-file.js';

/** Says in a frame's comment where it is from and which findings cite it. `timed`: the capture has times. */
export const commentOf = (file: string, { number, by }: Cited, timed: boolean): string =>
  printable(`${file} frame ${number}${timed ? '' : ' (no time in the file)'}: ${by.join(', ')}`);

/** The found frames as a capture of its own: one interface for each interface of each file. */
export function framesFile(found: readonly FoundFrame[], application: string): Buffer {
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
      comment: commentOf(file, cited, frame.timeNs !== undefined),
    };
  });
  return pcapngFile(
    [...interfaces.values()].map(({ one }) => one),
    frames,
    application,
  );
}

/** What a file of frames says that wrote it. */
export const APPLICATION = { plain: 'podtrail', redacted: 'podtrail, redacted' } as const;
