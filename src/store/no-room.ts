import { dirname } from 'node:path';

/** Where a database writes: its own file, and the folder that it spills into. */
export interface Room {
  readonly file: string;
  readonly tempDir: string;
}

/** The system's words for ENOSPC and EDQUOT, and DuckDB's when what it spills would not fit on the disk. */
const FULL = /no space left on device|disk quota exceeded|failed to offload data block/i;

/** Says of an error of the database that a disk is full, which one, and what to do; undefined for any other error. */
export function noRoom(error: unknown, { file, tempDir }: Room): string | undefined {
  const said = error instanceof Error ? error.message : String(error);
  if (!FULL.test(said)) return undefined;
  const kept = dirname(file) !== tempDir;
  return kept && said.includes(file)
    ? `no space is left in ${dirname(file)}: free some there, or give --store a file on a larger disk`
    : `no space is left in ${dirname(tempDir)}: free some there, or set TMPDIR to a folder on a larger disk`;
}
