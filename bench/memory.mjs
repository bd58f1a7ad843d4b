/**
 * `npm run bench:memory`: how much memory podtrail has at once, for everything of which a bundle can hold very much, and for a
 * quarter of it. Whole processes, one input after another.
 *
 *   npm run bench:memory -- [--frames N] [--entries N] [--runs N] [--seed N] [--only TEXT …] [--write]
 *
 * `--frames` is for captures and logs, `--entries` for tables and lists; `--write` puts the whole table into
 * docs/memory.md.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { prepare, root } from '../bin/build-if-needed.mjs';
import { given } from '../bin/given.mjs';
import { Document } from './document.mjs';
import { logLines, randomBits, trafficMix } from './generate.mjs';
import { LARGE, largeCluster } from './generate-cluster.mjs';
import { SHAPES } from './generate-shapes.mjs';
import { KINDS, longTables } from './generate-tables.mjs';
import { measure, timed } from './measure.mjs';

/** What the product promises: MB for any bundle, and times as much for four times the input. */
const MOST_MB = 400;
const MOST_GROWTH = 1.3;

const { values } = given(import.meta.url, {
  options: {
    frames: { type: 'string', default: '1000000' },
    entries: { type: 'string', default: '180000' },
    runs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [''] },
    write: { type: 'boolean', default: false },
  },
});
const number = (name) => {
  if (/^[1-9]\d{0,8}$/.test(values[name])) return Number(values[name]);
  process.stderr.write(`--${name} takes a number, not ${values[name]}\n`);
  process.exit(2);
};
const [frames, entries, runs, seed] = ['frames', 'entries', 'runs', 'seed'].map(number);
if (values.write && !values.only.includes('')) {
  process.stderr.write('--write writes the whole table, so it does not go with --only\n');
  process.exit(2);
}
if (!timed) {
  process.stderr.write(
    'Peak memory is measured by /usr/bin/time, which is not installed (Debian: apt install time).\n',
  );
  process.exit(2);
}

prepare();
const folder = mkdtempSync(join(tmpdir(), 'podtrail-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** A small cluster, and beside it prose as somebody pastes it into a ticket: no line of it is of a known format. */
function prose(bundle, lines) {
  longTables([], 0, bundle, seed);
  const path = join(bundle, 'ticket.txt');
  const random = randomBits(seed);
  const words = 'the pods of that team still wait for some answer since we moved them yesterday evening'.split(' ');
  const fd = openSync(path, 'w');
  for (let i = 0; i < lines; ) {
    let text = '';
    for (const to = Math.min(lines, i + 10_000); i < to; i++)
      text += `${Array.from({ length: 8 }, () => words[random() % words.length]).join(' ')} ${i}\n`;
    writeSync(fd, text);
  }
  closeSync(fd);
}

/** What tcpdump prints of a capture. */
function printed(path, count) {
  const capture = `${path}.pcap`;
  trafficMix(capture, count, seed);
  const fd = openSync(path, 'w');
  const { status } = spawnSync('tcpdump', ['-nn', '-r', capture], { stdio: ['ignore', fd, 'ignore'] });
  closeSync(fd);
  rmSync(capture);
  if (status !== 0) throw new Error('tcpdump could not print a capture');
}

/** So many captures in one folder, each of another node. */
const captures = (files) => (path, count) => {
  mkdirSync(path);
  for (let i = 0; i < files; i++) trafficMix(join(path, `node-${i}.pcap`), Math.ceil(count / files), seed + i);
};

async function packed(path, count) {
  trafficMix(join(folder, 'mix.pcap'), count, seed);
  await create({ gzip: true, file: path, cwd: folder }, ['mix.pcap']);
  rmSync(join(folder, 'mix.pcap'));
}

/** What a bundle can hold very much of: what, how many of it, and how a bundle with so many is made. */
const INPUTS = [
  ...[frames, 4 * frames].flatMap((count) =>
    Object.entries(SHAPES).map(([name, make]) => [`frames: ${name}`, count, (path, n) => make(path, n, seed)]),
  ),
  ['frames of a mix in a .tar.gz', frames, packed],
  ['frames of a mix in 100 captures', frames, captures(100)],
  ['frames of a mix in 2000 captures', frames, captures(2000)],
  ['lines of tcpdump', frames, printed],
  ['lines of iptables LOG', frames, (path, n) => logLines(path, n, seed)],
  ['lines of no known format', frames, prose],
  ...Object.keys(KINDS).map((kind) => [
    `${kind} of a small cluster`,
    entries,
    (path, n) => longTables([kind], n, path, seed),
  ]),
  ['nodes with 1000 services', 200, (path, n) => largeCluster(path, seed, { ...LARGE, nodes: n, services: 1000 })],
];

const verdict = (value, most) => (value <= most ? 'met' : 'missed');

/** MB and seconds of the command for an input that is made and removed again. The largest of the runs' peaks, their least time. */
async function peak(make, count) {
  const path = join(folder, 'input');
  await make(path, count);
  const command = [process.execPath, join(root, 'dist', 'cli', 'main.js'), 'analyze', '--quiet', path];
  const results = Array.from({ length: runs }, () => measure(command, join(folder, 'time.txt')));
  rmSync(path, { recursive: true });
  return {
    mb: Math.max(...results.map(({ memory }) => memory)),
    seconds: Math.min(...results.map(({ seconds }) => seconds)),
    failed: results.some(({ failed }) => failed),
  };
}

const page = new Document('How much memory');
page.say(
  `The peak of resident memory of \`podtrail analyze\` for everything of which a bundle can hold very much, and for a quarter of it. At most ${MOST_MB} MB for any, and at most ${MOST_GROWTH} times as much for four times the input. Made by \`npm run bench:memory -- --write\` (inputs by seeded generators, seed ${seed}${runs === 1 ? '' : `, the largest of ${runs} runs`}).`,
);
page.say('');
page.machine();
page.say('');
const rows = [['', 'how many', 'MB', 'seconds', `≤ ${MOST_MB} MB`, 'MB of a quarter', 'times', `≤ ${MOST_GROWTH}`]];
for (const [name, count, make] of INPUTS) {
  if (!values.only.some((text) => name.includes(text))) continue;
  const whole = await peak(make, count);
  const quarter = await peak(make, Math.ceil(count / 4));
  const growth = whole.mb / quarter.mb;
  const row = [
    `${name}${whole.failed || quarter.failed ? ' (failed)' : ''}`,
    String(count),
    whole.mb.toFixed(0),
    whole.seconds.toFixed(1),
    verdict(whole.mb, MOST_MB),
    quarter.mb.toFixed(0),
    growth.toFixed(2),
    verdict(growth, MOST_GROWTH),
  ];
  rows.push(row);
  process.stderr.write(`${row.join('  ')}\n`);
}
page.table(rows);
if (values.write) page.write(join(root, 'docs', 'memory.md'));
