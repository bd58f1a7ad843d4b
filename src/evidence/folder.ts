import { existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Failure } from '../core/failure.js';
import { makeFolder } from '../core/make-folder.js';

/** A folder that evidence goes to. */
export interface Claimed {
  /** Takes the folder away again, if it was made here and is still empty. */
  release(): void;
}

/** Makes the folder, or takes an empty one that is there; anything else fails with a message, and is left alone. */
export async function claimFolder(dir: string): Promise<Claimed> {
  if (existsSync(dir)) {
    if (!statSync(dir).isDirectory()) throw new Failure(`${dir} is no folder: evidence goes to a new one`);
    if (readdirSync(dir).length > 0) throw new Failure(`${dir} is not empty: evidence goes to a new folder`);
    return { release: () => undefined };
  }
  try {
    await makeFolder(dir, (path) => mkdir(path));
  } catch (error) {
    throw new Failure(`cannot make ${dir}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    release: () => {
      try {
        rmdirSync(dir);
      } catch {
        // Somebody has put something into it.
      }
    },
  };
}

/** Evidence is cut out in a second reading: fails for what can be read only once. */
export function refuseStreams(paths: readonly string[]): void {
  for (const path of paths) {
    const kind = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
    const stream = path === '-' ? 'standard input' : path;
    if (path === '-' || (kind !== undefined && !kind.isFile() && !kind.isDirectory()))
      throw new Failure(
        `evidence is cut out in a second reading, and ${stream} can be read only once: save it to a file first`,
      );
  }
}
