import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { Failure } from '../core/failure.js';
import { bundleKind } from '../intake/bundle-kind.js';
import { stem } from './names.js';

/** Bundles to analyse, and how many files were passed over because they are no bundle. */
export interface Found {
  readonly incidents: readonly Incident[];
  readonly skipped: number;
}

/** What becomes one report: one bundle, or with `--merge` all bundles of one incident. */
export interface Incident {
  /** As the user would write it; for several bundles that were named one by one, the first and how many more. */
  readonly file: string;
  /** What its reports are called, unless another has that name. */
  readonly name: string;
  readonly paths: readonly string[];
}

export interface FindOptions {
  /** Not searched, for the batch writes there. */
  readonly outputDir: string;
  /** The bundles of one folder are one incident, and so are those named one by one. */
  readonly merge: boolean;
}

/** A name that promises an archive; when the content is none, that deserves a row and no silence. */
const ARCHIVE_NAME = /\.(?:tar|tgz|txz|tzst|tbz2?|zip|tar\.(?:gz|xz|zst|zstd|bz2)|pcap|pcapng)$/i;

/**
 * The bundles that the user means: files by name, whatever they are; folders, searched for archives and captures; patterns.
 * In a stable order. Fails when a path is nothing of these.
 */
export async function findIncidents(paths: readonly string[], { outputDir, merge }: FindOptions): Promise<Found> {
  const named: string[] = [];
  const folders: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) folders.push(path);
    else if (found !== undefined) named.push(path);
    else if (isDynamicPattern(path)) {
      const matches = (
        await glob(path, { dot: false, absolute: false, onlyFiles: true, expandDirectories: false })
      ).sort();
      if (matches.length === 0) throw new Failure(`${path} matches no file`);
      named.push(...matches);
    } else throw new Failure(`${path} does not exist`);
  }
  const out = await realpath(outputDir).catch(() => undefined);
  const search = new Search(out);
  for (const folder of folders) await search.folder(folder);
  const bundles = [...new Set(named)];
  const found = [...search.found].filter((path) => !bundles.includes(path));
  const each = (list: readonly string[]): Incident[] => list.map((file) => ({ file, name: stem(file), paths: [file] }));
  const incidents = merge ? [...together(bundles), ...byFolder(found)] : each([...bundles, ...found]);
  return { incidents: incidents.sort((a, b) => (a.file < b.file ? -1 : 1)), skipped: search.skipped };
}

/** Bundles that were named one by one are one incident; its name must not look like the report of the first alone. */
function together(bundles: readonly string[]): Incident[] {
  const [first, ...more] = bundles;
  if (first === undefined) return [];
  if (more.length === 0) return [{ file: first, name: stem(first), paths: bundles }];
  return [{ file: `${first} and ${more.length} more`, name: `${stem(first)}-and-${more.length}-more`, paths: bundles }];
}

function byFolder(found: readonly string[]): Incident[] {
  const folders = new Map<string, string[]>();
  for (const path of found) folders.set(dirname(path), [...(folders.get(dirname(path)) ?? []), path]);
  return [...folders].map(([file, paths]) => ({ file, name: stem(resolve(file)), paths }));
}

class Search {
  readonly found = new Set<string>();
  skipped = 0;

  /** @param out real path of the output folder, when it exists already */
  constructor(private readonly out: string | undefined) {}

  /** Links are not followed: what they lead to is not in this folder, or is found anyway. */
  async folder(folder: string): Promise<void> {
    if (this.out !== undefined && (await realpath(folder)) === this.out) return;
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.folder(path);
      else if (entry.isFile() && (await this.#isBundle(path))) this.found.add(path);
      else this.skipped++;
    }
  }

  async #isBundle(path: string): Promise<boolean> {
    if (ARCHIVE_NAME.test(path)) return true;
    try {
      return (await bundleKind(path)) !== 'other';
    } catch {
      return false;
    }
  }
}
