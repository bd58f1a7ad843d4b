/**
 * `npm run fuzz -- [--seed N] [--minutes N] [--only parser|decoder|bundle|beside|line] [--case N]`: hostile inputs without end, made from
 * the samples. Prints the seed; a failing input is written to a file, with the command that repeats it. `--rounds N` is what
 * `npm test` uses. Bundles the suite, runs it in a process of its own, and kills that when one input takes too long.
 */
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './build-if-needed.mjs';

/** Seconds after which a case counts as hanging: far beyond any that ends, on a busy machine too. */
const HANGS = 180;

prepare();
// Only now: a fresh clone has no bundler before.
const { bundleForNow } = await import('./bundle.mjs');
const program = await bundleForNow('test/fuzz/main.ts');

const given = process.argv.slice(2);
const seed = given.includes('--seed')
  ? given[given.indexOf('--seed') + 1]
  : String(Math.floor(Math.random() * 2 ** 31));
const args = given.includes('--seed') ? given : [...given, '--seed', seed];
const child = fork(program, args, { cwd: root });
let last;
let timer;
let ended = false;
const lost = (what) => {
  process.stdout.write(`FAILED ${what}\n`);
  if (last !== undefined) {
    const place = join(root, 'fuzz-failures', `${last.target}-${seed}-${last.n}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, last.file), Buffer.from(last.input, 'base64'));
    process.stdout.write(
      `  input: ${join(place, last.file)}\n  again: npm run fuzz -- --seed ${seed} --only ${last.target} --case ${last.n}\n`,
    );
  }
};
child.on('message', (message) => {
  last = message;
  clearTimeout(timer);
  timer = setTimeout(() => {
    ended = true;
    lost(`${last.target} case ${last.n} did not end in ${HANGS} s`);
    child.kill('SIGKILL');
  }, HANGS * 1000);
});
child.on('exit', (code, signal) => {
  clearTimeout(timer);
  if (!ended && (signal !== null || code === null || code > 1)) lost(`the process ended with ${signal ?? code}`);
  process.exitCode = code ?? 1;
});
