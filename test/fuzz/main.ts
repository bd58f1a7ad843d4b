import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { beside } from './beside.js';
import { bundle } from './bundle.js';
import { decoder } from './decoder.js';
import { longLine } from './long-line.js';
import { parser } from './parser.js';
import { Random } from './random.js';
import type { Target } from './target.js';

/**
 * The process that does the cases; `bin/fuzz.mjs` watches it. Case n of a seed is the same input for ever, as long as samples
 * and mutations stay; so that old findings last, each becomes a sample of its own.
 */

/** CPU seconds that a case may take: a hundred times what the slowest takes, but no quadratic parser gets by. */
const CPU_SECONDS = 20;
/** Cases of each target in one round: a bundle costs as much as hundreds of texts. */
const ROUND: Readonly<Record<Target['name'], number>> = { parser: 60, decoder: 40, bundle: 2, beside: 1, line: 1 };

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    case: { type: 'string' },
    failures: { type: 'string', default: 'fuzz-failures' },
  },
});
const seed = Number(values.seed ?? 1);
const targets = [parser, decoder, bundle, beside, longLine].filter(
  ({ name }) => values.only === undefined || values.only === name,
);
const until = Date.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
const rounds = Number(values.rounds ?? Number.POSITIVE_INFINITY);
const counts = new Map<string, number>();
let failed = 0;

function keep({ name, file }: Target, n: number, input: Buffer): string {
  const folder = join(values.failures, `${name}-${seed}-${n}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), input);
  return join(folder, file);
}

/** Ends when the watching process has been told: what is only queued is lost when a case never ends. */
const told = (message: object): Promise<void> =>
  new Promise((done) => {
    if (process.send === undefined) done();
    else process.send(message, undefined, undefined, () => done());
  });

/** What the runtime warns of is a bug of ours: listeners that pile up, promises that nobody waits for. */
const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

async function one(target: Target, n: number): Promise<void> {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b));
  const input = target.make(random);
  // Before it is tried: a case that never ends, or ends the process, cannot say which it was.
  await told({ target: target.name, n, input: input.toString('base64'), file: target.file });
  warnings.length = 0;
  const before = process.cpuUsage();
  let why: string | undefined;
  try {
    await target.check(input, random);
  } catch (error) {
    why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user } = process.cpuUsage(before);
  // Warnings come a moment later.
  await new Promise((done) => setImmediate(done));
  why ??= warnings[0]?.stack;
  if (user > CPU_SECONDS * 1e6) why ??= `took ${user / 1e6} s of CPU for ${input.length} bytes`;
  counts.set(target.name, (counts.get(target.name) ?? 0) + 1);
  if (why === undefined) return;
  failed++;
  process.stdout.write(
    `FAILED ${target.name} ${why}\n  input: ${keep(target, n, input)}\n  again: npm run fuzz -- --seed ${seed} --only ${target.name} --case ${n}\n`,
  );
}

process.stdout.write(`seed ${seed}\n`);
if (values.case !== undefined) for (const target of targets) await one(target, Number(values.case));
else
  for (let round = 0; round < rounds && Date.now() < until; round++)
    for (const target of targets)
      for (let i = 0; i < ROUND[target.name] && Date.now() < until; i++)
        await one(target, round * ROUND[target.name] + i);
process.stdout.write(`${[...counts].map(([name, n]) => `${n} ${name}`).join(', ')}: ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
