/**
 * `npm run fuzz -- [--seed N] [--minutes N] [--only parser|decoder|bundle|beside|line] [--case N]`: hostile inputs without end, made from
 * the samples. Prints the seed; a failing input is written to a file, with the command that repeats it. `--rounds N` is what
 * `npm test` uses. Bundles the suite, runs it in a process of its own, and kills that when one input takes too long.
 */
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './build-if-needed.mjs';
import { given } from './given.mjs';

/** Seconds after which a case counts as hanging: far beyond any that ends, on a busy machine too. */
const HANGS = 180;

const { values } = given(import.meta.url, {
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    case: { type: 'string' },
    failures: { type: 'string' },
  },
});

const refuse = (why) => {
  process.stderr.write(`${why}\n`);
  process.exit(2);
};
for (const name of ['seed', 'minutes', 'rounds', 'case'])
  if (values[name] !== undefined && !/^\d{1,12}(\.\d+)?$/.test(values[name]))
    refuse(`--${name} takes a number, not ${values[name]}`);
const TARGETS = ['parser', 'decoder', 'bundle', 'beside', 'line'];
if (values.only !== undefined && !TARGETS.includes(values.only))
  refuse(`--only takes one of ${TARGETS.join(', ')}, not ${values.only}`);

prepare();
// Only now: a fresh clone has no bundler before.
const { bundleForNow } = await import('./bundle.mjs');
const program = await bundleForNow('test/fuzz/main.ts');

const { seed } = values;
const args = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
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
