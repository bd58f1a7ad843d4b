import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Job } from './job.js';

/** Files and folders that are being written: beside their place, under another name until they are whole. */

const ENDING = '.part';

/** A name that no other process writes to. */
export const draftOf = (path: string): string => `${path}.${randomBytes(4).toString('hex')}${ENDING}`;

/** Removes what a process that was killed left half written of its job. Never throws: at worst a draft stays. */
export function removeDrafts({ plain, redacted }: Job): void {
  for (const products of [plain, redacted]) {
    const { write = [], evidence } = products ?? {};
    for (const path of [...write.map((file) => file.path), ...(evidence === undefined ? [] : [evidence])])
      try {
        const folder = dirname(path);
        for (const name of readdirSync(folder))
          if (name.startsWith(`${basename(path)}.`) && name.endsWith(ENDING))
            rmSync(join(folder, name), { recursive: true, force: true });
      } catch {
        // The folder is gone, or no longer ours.
      }
  }
}
