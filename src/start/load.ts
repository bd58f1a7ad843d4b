import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** Where the build put the program: one script in ASCII, with most of its packages within. */
const FILE = fileURLToPath(new URL('../program/podtrail.cjs', import.meta.url));
/** V8's code cache of it, as the build left it. V8 reads none but its own version's. */
export const CACHE = `${FILE}.${process.version}-${process.arch}.cache`;

export type Program = typeof import('./program.js');

export interface Loaded {
  readonly program: Program;
  readonly script: Script;
  /** `without`: there is none for this Node, or V8 was started with flags that it was not made with. */
  readonly codeCache: 'used' | 'without';
}

/**
 * The program, and with it what V8 made of it when the build ran it once: to find its packages' files and to compile what a small
 * bundle needs would take a quarter of that bundle's time.
 */
export function load(): Loaded {
  // V8 takes a cache that was made with other flags for another program's. The heap's limit was set when V8 started, and stays.
  setFlagsFromString('--max-old-space-size=0');
  const cachedData = codeCache();
  const script = new Script(readFileSync(FILE, 'latin1'), { filename: FILE, ...(cachedData && { cachedData }) });
  const module = { exports: {} as Program };
  script.runInThisContext()(module.exports, createRequire(FILE), module, FILE, dirname(FILE));
  return {
    program: module.exports,
    script,
    codeCache: cachedData === undefined || script.cachedDataRejected === true ? 'without' : 'used',
  };
}

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(CACHE);
  } catch {
    return undefined;
  }
}
