/** Reads folders and files of the machine. */
import { Buffer } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { HELD } from './bytes.js';

const CHUNK = 1024 * 1024;
/** Bytes asked for of a file that is said to be empty: those of /proc are not. */
const SMALLEST = 4096;

/** The system's word for what went wrong, for a note: `permission denied`. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ELOOP':
      return 'a symbolic link, which is not followed';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left on the disk';
    case 'EIO':
      return 'the disk reported an error';
    default:
      return code ?? (error instanceof Error ? error.message : String(error));
  }
}

/**
 * The bytes of an open file; the handle stays open. Throws what the system reports. While a piece is worked on the next one is
 * read. `size`: what the system says of it, in bytes; it may grow meanwhile.
 */
export async function* readHandle(
  handle: FileHandle,
  size: number,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  // Those that the reader may hold, and the one that is read ahead. Of new memory for each piece V8 would clear up every 12 MB.
  const places: Buffer[] = [];
  // Most files are small, and some bundles have a hundred thousand. One byte more shows the end.
  const length = Math.min(Math.max(size, SMALLEST) + 1, CHUNK);
  let turn = 0;
  const read = (position: number) => {
    if (places.length <= HELD) places.push(Buffer.allocUnsafeSlow(length));
    return handle.read(places[turn++ % (HELD + 1)]!, 0, length, position);
  };
  let next = read(0);
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await next;
    if (bytesRead === 0) return;
    position += bytesRead;
    next = read(position);
    // Told when its piece is asked for, which may never be.
    next.catch(() => {});
    onBytes?.(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}

/** Opens a file for reading; `follow` only for a path that the user typed. A fifo does not block. */
export function openFile(path: string | Buffer, follow: boolean): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW));
}

/** One thing found in a folder. Real paths are bytes: names need not be UTF-8. */
export interface Found {
  readonly real: Buffer;
  /** Path below the folder that was asked for, with `/`. */
  readonly relative: string;
  readonly kind: 'file' | 'directory' | 'link' | 'device';
}

function kindOf(entry: Dirent<Buffer>): Found['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'device';
}

/**
 * Everything below a folder, each folder's names in byte order, depth first. A folder that cannot be read is reported
 * through `problem` and passed over.
 */
export async function* walk(
  folder: Buffer,
  relative: string,
  problem: (relative: string, reason: string) => void,
): AsyncGenerator<Found> {
  let entries: Dirent<Buffer>[];
  try {
    entries = (await readdir(folder, {
      withFileTypes: true,
      encoding: 'buffer' as BufferEncoding,
    })) as unknown as Dirent<Buffer>[];
  } catch (error) {
    problem(relative, `folder could not be read: ${systemReason(error)}`);
    return;
  }
  entries.sort((a, b) => Buffer.compare(a.name, b.name));
  for (const entry of entries) {
    const real = Buffer.concat([folder, Buffer.from('/'), entry.name]);
    const name = entry.name.toString();
    const found: Found = { real, relative: relative === '' ? name : `${relative}/${name}`, kind: kindOf(entry) };
    yield found;
    if (found.kind === 'directory') yield* walk(real, found.relative, problem);
  }
}
