import { gunzipSync } from 'node:zlib';

export interface TarMember {
  readonly name: string;
  readonly bytes: Buffer;
}

const BLOCK = 512;

/** The files of a whole ustar archive, compressed or not, as the samples are made. */
export function membersOf(archive: Buffer): TarMember[] {
  const tar = archive[0] === 0x1f ? gunzipSync(archive) : archive;
  const members: TarMember[] = [];
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, to: number): string => tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 136), 8);
    const prefix = text(345, 500);
    if (text(156, 157) === '0' || text(156, 157) === '')
      members.push({
        name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
        bytes: tar.subarray(at + BLOCK, at + BLOCK + size),
      });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

/** A ustar archive whose names may be anything of up to 100 bytes (POSIX 1003.1, pax, "ustar interchange format"). */
export function tarOf(members: readonly TarMember[]): Buffer {
  const parts: Buffer[] = [];
  for (const { name, bytes } of members) {
    const header = Buffer.alloc(BLOCK);
    header.write(name.slice(0, 100), 0, 'latin1');
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('14000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    parts.push(header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}
