import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const ARCHIVE = /\.(?:tar|tgz|txz|tzst|tbz2?|tar\.\w+|zip)$/;

function extract(archive: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (archive.endsWith('.zip')) execFileSync('unzip', ['-q', archive, '-d', folder]);
  else execFileSync('tar', ['--no-same-owner', '-xf', archive, '-C', folder]);
}

/** Every file below a folder, relative to it. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/**
 * Unpacks a bundle with tar and unzip, as its reader would, into a folder that is called like the bundle. A file `inner/path`
 * of a nested archive comes to lie at `outer.tar.gz!inner/path`: every file has the very path that reports give it.
 */
export function unpacked(archive: string, below: string): string {
  const folder = join(below, basename(archive));
  extract(archive, folder);
  for (let nested = nestedIn(folder); nested !== undefined; nested = nestedIn(folder)) {
    const inside = `${nested}.members`;
    extract(nested, inside);
    for (const entry of readdirSync(inside)) renameSync(join(inside, entry), `${nested}!${entry}`);
    rmdirSync(inside);
    rmSync(nested);
  }
  return folder;
}

function nestedIn(folder: string): string | undefined {
  const file = filesBelow(folder).find((path) => ARCHIVE.test(path));
  return file === undefined ? undefined : join(folder, file);
}

/** Why bundles cannot be unpacked here, or undefined. */
export function unpackersMissing(): string | undefined {
  const missing = ['tar', 'unzip', 'xz', 'zstd', 'bzip2'].filter((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : `no ${missing.join(', ')}`;
}
