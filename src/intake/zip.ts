/**
 * Reads a zip archive: its directory through yauzl (zip64 too), the contents in place. An archive that was cut has no
 * directory, because that is written last, and a directory may be damaged or list less than there is; what it does not list
 * is then found by local headers (APPNOTE 6.3.10, 4.3.7).
 */
import { Buffer, isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { type ExtraField, fromFdPromise, getFileNameLowLevel, parseExtraFields, type ZipFile } from 'yauzl';
import { printable } from '../core/escape.js';
import type { Bytes } from './bytes.js';
import type { Encoding } from './decompress.js';

export interface ZipEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link';
  /** Bytes of the content; undefined where only the end of the archive would tell. */
  readonly size: number | undefined;
  readonly modified: Date | undefined;
  /** CRC-32 of the content; undefined where the archive does not tell. */
  readonly crc: number | undefined;
  /** How the content is packed, or why it cannot be read. */
  readonly packed: Encoding | { readonly unreadable: string };
  /** The content as it lies in the archive. Throws what the system reports. */
  readonly bytes: Bytes;
}

/** Called when something is wrong with the archive: one sentence. */
export type Damaged = (reason: string) => void;

const CHUNK = 256 * 1024;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_LENGTH = 30;
const DIRECTORY_HEADER = 0x02014b50;
/** Of a directory: an entry, its signature, extra data before it, its end, and the two of zip64 (APPNOTE 4.3.6). */
const DIRECTORY_PARTS = new Set([DIRECTORY_HEADER, 0x05054b50, 0x08064b50, 0x06054b50, 0x06064b50, 0x07064b50]);
const HEADER = Buffer.from('PK\x03\x04', 'latin1');
const DESCRIPTOR = Buffer.from('PK\x07\x08', 'latin1');
const ENCRYPTED = 1;
const DESCRIPTOR_FOLLOWS = 8;

/** Compression methods, APPNOTE 4.4.5. */
function packing(method: number, flags: number): ZipEntry['packed'] {
  if ((flags & ENCRYPTED) !== 0) return { unreadable: 'encrypted: left out' };
  switch (method) {
    case 0:
      return 'stored';
    case 8:
      return 'deflate';
    case 12:
      return 'bzip2';
    case 93:
      return 'zstd';
    case 95:
      return 'xz';
    default:
      return { unreadable: `packed with zip method ${method}, which is not supported: left out` };
  }
}

/** The bytes of a file from `start` up to `end`. */
async function* range(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const length = Math.min(CHUNK, end - at);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Bytes at a place, fewer at the end of the file. */
async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/** Info-ZIP's field for the name in UTF-8 (APPNOTE 4.6.9). */
const UNICODE_PATH = 0x7075;

/** Linux tools write UTF-8 without saying so; what is no UTF-8 is code page 437. Names made on Windows may have backslashes. */
function decodeName(flags: number, raw: Buffer, extra: readonly ExtraField[]): string {
  const plain = isUtf8(raw) && !extra.some((field) => field.id === UNICODE_PATH);
  const name = plain ? raw.toString() : getFileNameLowLevel(flags, raw, [...extra], false);
  return name.replaceAll('\\', '/');
}

/**
 * The entries of an archive. Never throws: what the directory does not list is read by local headers, and a directory that is
 * missing, damaged or too short is reported. The handle stays open.
 */
export async function* readZip(handle: FileHandle, damaged: Damaged): AsyncGenerator<ZipEntry> {
  let zip: ZipFile;
  try {
    // Names stay bytes: yauzl would give up the whole archive for one that leads out of it.
    zip = await fromFdPromise(handle.fd, { lazyEntries: true, autoClose: false, decodeStrings: false });
  } catch {
    damaged('the zip archive has no directory at its end, it was cut: members are read one after another');
    yield* salvage(handle, damaged);
    return;
  }
  const listed = new Set<number>();
  try {
    for await (const entry of zip.eachEntry()) {
      const flags = entry.generalPurposeBitFlag;
      const name = decodeName(flags, entry.fileNameRaw, entry.extraFields);
      const mode = entry.externalFileAttributes >>> 16;
      const isLink = entry.versionMadeBy >>> 8 === 3 && (mode & 0o170000) === 0o120000;
      const kind = isLink ? 'link' : name.endsWith('/') ? 'directory' : 'file';
      listed.add(entry.relativeOffsetOfLocalHeader);
      yield {
        name,
        kind,
        size: entry.uncompressedSize,
        modified: entry.getLastModDate({ timezone: 'UTC' }),
        crc: told(entry.crc32),
        packed: packing(entry.compressionMethod, flags),
        bytes: lazily(async () => {
          // yauzl never answers again once it was asked for a place that no file can have.
          if (entry.relativeOffsetOfLocalHeader > zip.fileSize) throw new Error('it would lie behind the archive');
          const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
          return range(handle, fileDataStart, fileDataStart + entry.compressedSize);
        }),
      };
    }
    if (!(await listsMore(handle, zip))) return;
    damaged("the zip archive's directory lists fewer members than there are: the others are read one after another");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    damaged(
      `the zip archive's directory is damaged (${why}): members that it does not list are read one after another`,
    );
  }
  yield* salvage(handle, damaged, listed);
}

/** Writers that make none leave it 0, which content has once in four thousand million times. */
const told = (crc: number): number | undefined => (crc === 0 ? undefined : crc);

/** Whether another member stands where the directory should be over: what counts its entries was damaged. */
async function listsMore(handle: FileHandle, zip: ZipFile): Promise<boolean> {
  // The type of the cursor is wrong in the declarations.
  const next = await readAt(handle, Number(zip.readEntryCursor), 4);
  const signature = next.length < 4 ? undefined : next.readUInt32LE(0);
  return signature === DIRECTORY_HEADER || signature === LOCAL_HEADER;
}

/** Bytes whose place is looked up when they are asked for. */
async function* lazily(find: () => Promise<Bytes>): AsyncGenerator<Uint8Array> {
  yield* await find();
}

/** One local header and where its content lies. */
interface Local {
  readonly entry: ZipEntry;
  readonly next: number;
  readonly cut: boolean;
}

/** Members by their local headers, one after another; those that are known already, by the place of their header, are passed over. */
async function* salvage(
  handle: FileHandle,
  damaged: Damaged,
  known: ReadonlySet<number> = new Set(),
): AsyncGenerator<ZipEntry> {
  try {
    const { size: fileSize } = await handle.stat();
    for (let at = 0; at < fileSize; ) {
      const local = await readLocal(handle, at, fileSize);
      if (local === undefined) {
        if (await isDirectory(handle, at)) return;
        const next = await findHeader(handle, at + 1, fileSize);
        damaged(
          `the zip archive is damaged at byte ${at}: ${next === undefined ? 'no member' : 'the next member'} was found behind it`,
        );
        if (next === undefined) return;
        at = next;
        continue;
      }
      if (!known.has(at)) yield local.entry;
      if (local.cut) {
        damaged(`the zip archive ends in ${printable(local.entry.name)}`);
        return;
      }
      at = local.next;
    }
  } catch (error) {
    damaged(`the zip archive is damaged (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Whether the archive's directory, or what ends it, begins here: no member follows. */
async function isDirectory(handle: FileHandle, at: number): Promise<boolean> {
  const head = await readAt(handle, at, 4);
  return head.length < 4 || DIRECTORY_PARTS.has(head.readUInt32LE(0));
}

/** The place of the next signature of a local header. */
async function findHeader(handle: FileHandle, from: number, fileSize: number): Promise<number | undefined> {
  for (let at = from; at < fileSize; at += CHUNK) {
    const found = (await readAt(handle, at, CHUNK + 3)).indexOf(HEADER);
    if (found >= 0) return at + found;
  }
  return undefined;
}

/** Reads the local header at `at`; undefined when there is none or it is cut. */
async function readLocal(handle: FileHandle, at: number, fileSize: number): Promise<Local | undefined> {
  const header = await readAt(handle, at, LOCAL_HEADER_LENGTH);
  if (header.length < LOCAL_HEADER_LENGTH || header.readUInt32LE(0) !== LOCAL_HEADER) return undefined;
  const flags = header.readUInt16LE(6);
  const nameLength = header.readUInt16LE(26);
  const extraLength = header.readUInt16LE(28);
  const names = await readAt(handle, at + LOCAL_HEADER_LENGTH, nameLength + extraLength);
  if (names.length < nameLength + extraLength) return undefined;
  const extra = parseExtraFields(names.subarray(nameLength));
  const name = decodeName(flags, names.subarray(0, nameLength), extra);
  const start = at + LOCAL_HEADER_LENGTH + nameLength + extraLength;
  let packedSize = header.readUInt32LE(18);
  let size: number | undefined = header.readUInt32LE(22);
  const zip64 = extra.find((field) => field.id === 1)?.data;
  if (size === 0xffffffff && zip64 !== undefined && zip64.length >= 16) {
    size = Number(zip64.readBigUInt64LE(0));
    packedSize = Number(zip64.readBigUInt64LE(8));
  }
  let end = start + packedSize;
  let next = end;
  let crc = told(header.readUInt32LE(14));
  if ((flags & DESCRIPTOR_FOLLOWS) !== 0 && packedSize === 0) {
    size = undefined;
    const found = await findDescriptor(handle, start, fileSize);
    end = found?.at ?? fileSize;
    next = found?.next ?? fileSize + 1;
    crc = found?.crc;
  }
  const entry: ZipEntry = {
    name,
    kind: name.endsWith('/') ? 'directory' : 'file',
    size,
    modified: undefined,
    // Of a member that was cut the archive itself is reported.
    crc: next > fileSize ? undefined : crc,
    packed: packing(header.readUInt16LE(8), flags),
    bytes: range(handle, start, Math.min(end, fileSize)),
  };
  return { entry, next, cut: next > fileSize };
}

/** Finds the data descriptor (APPNOTE 4.3.9) whose packed size is the distance to it. */
async function findDescriptor(
  handle: FileHandle,
  start: number,
  fileSize: number,
): Promise<{ readonly at: number; readonly next: number; readonly crc: number | undefined } | undefined> {
  for (let at = start; at < fileSize; at += CHUNK) {
    // Windows overlap, so that a descriptor across their border is seen whole.
    const window = await readAt(handle, at, CHUNK + 24);
    for (let i = window.indexOf(DESCRIPTOR); i >= 0 && i < CHUNK; i = window.indexOf(DESCRIPTOR, i + 1)) {
      const distance = at + i - start;
      const crc = i + 8 <= window.length ? told(window.readUInt32LE(i + 4)) : undefined;
      if (i + 16 <= window.length && window.readUInt32LE(i + 8) === distance)
        return { at: at + i, next: at + i + 16, crc };
      if (i + 24 <= window.length && Number(window.readBigUInt64LE(i + 8)) === distance) {
        return { at: at + i, next: at + i + 24, crc };
      }
    }
  }
  return undefined;
}
