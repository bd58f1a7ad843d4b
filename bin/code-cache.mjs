/**
 * What V8 makes of the program when it analyses: kept beside it (src/start/load.ts). Run by the build, in a process of its own, with the
 * bundles that are analysed: a capture, dumps and logs, packed in different ways, so that most of what a bundle needs is compiled.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CACHE, load } from '../dist/start/load.js';

// Each command listens for the end of a pipe.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);
// What was compiled and did not run for a while would be forgotten.
setFlagsFromString('--no-flush-bytecode');
const { program, script } = load();
const dir = mkdtempSync(join(tmpdir(), 'podtrail-build-'));
try {
  for (const [i, path] of process.argv.slice(2).entries())
    for (const format of i === 0 ? ['text', 'json', 'html', 'markdown'] : ['text']) {
      const out = join(dir, `${i}.${format}`);
      await program.command(['node', 'podtrail', 'analyze', path, '--quiet', '--format', format, '--output', out]);
      if (process.exitCode) throw new Error(`${path} could not be analysed`);
    }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
// A cache is good for the flags that it was made with.
setFlagsFromString('--flush-bytecode');
writeFileSync(CACHE, script.createCachedData());
