/** A zip's directory is at its end, so one that arrives on a stream is first put into a file. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bytes } from './bytes.js';

export interface Spooled {
  readonly handle: FileHandle;
  readonly size: number;
  /** True when the stream was longer than the limit; the file then holds its beginning. */
  readonly cut: boolean;
  /** Closes and removes the file. */
  remove(): Promise<void>;
}

/** Writes a stream to a new file, readable by this user alone, at most `limit` bytes. Throws what the system reports. */
export async function spool(source: Bytes, tempDir: string, limit: number): Promise<Spooled> {
  const path = join(tempDir, `podtrail-${randomBytes(12).toString('hex')}`);
  const handle = await open(
    path,
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  const remove = async () => {
    await handle.close();
    await rm(path, { force: true });
  };
  let size = 0;
  try {
    for await (const chunk of source) {
      const part = chunk.subarray(0, limit - size);
      for (let at = 0; at < part.length; ) {
        at += (await handle.write(part, at, part.length - at, size + at)).bytesWritten;
      }
      size += part.length;
      if (part.length < chunk.length) return { handle, size, cut: true, remove };
    }
    return { handle, size, cut: false, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
