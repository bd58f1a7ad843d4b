/**
 * `npm run bench`: podtrail beside the tools that people use on the same files. Whole processes from start to end, run in
 * turns so that the machine's mood hits all alike; the median counts, and only ratios within one run mean anything.
 *
 *   npm run bench -- [--frames N] [--lines N] [--runs N] [--seed N] [--only TEXT] [--also FILE]
 *
 * `--also` measures another build of podtrail (its dist/cli/main.js) beside this one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { create } from 'tar';
import { prepare, root } from '../bin/build-if-needed.mjs';
import { distinctFlows, logLines, trafficMix } from './generate.mjs';
import { LARGE, largeCluster } from './generate-cluster.mjs';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '200000' },
    lines: { type: 'string' },
    runs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    also: { type: 'string' },
  },
});
const count = (name, text) => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a number, not ${text}\n`);
  process.exit(2);
};
const frames = count('frames', values.frames);
const lines = count('lines', values.lines ?? values.frames);
const runs = count('runs', values.runs);
const seed = count('seed', values.seed);

prepare();
const node = process.execPath;
const main = join(root, 'dist', 'cli', 'main.js');
const installed = (command) =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0 || command === node;

/** GNU time starts the command itself, so that its peak memory is not mixed with this process's. */
const timed = existsSync('/usr/bin/time');
const folder = mkdtempSync(join(tmpdir(), 'podtrail-bench-'));
const clean = () => rmSync(folder, { recursive: true, force: true });
process.on('exit', clean);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

const file = (name) => join(folder, name);
const podtrail = (path, build = main) => [node, build, 'analyze', '--quiet', path];
const builds = (path) => [
  ['podtrail analyze', podtrail(path)],
  ...(values.also === undefined ? [] : [['podtrail analyze (also)', podtrail(path, values.also)]]),
];
const capturePeers = (path) => [
  ['tcpdump -w /dev/null', ['tcpdump', '-nn', '-r', path, '-w', '/dev/null']],
  ['tcpdump to text', ['tcpdump', '-nn', '-r', path]],
  ['tshark -z conv,tcp', ['tshark', '-n', '-q', '-r', path, '-z', 'conv,tcp']],
];

/** What is measured: an input, how it is made, and the commands beside each other. The first is the measure. */
const CASES = [
  {
    name: `${frames} frames, every one a flow of its own, half in VXLAN`,
    make: () => distinctFlows(file('distinct.pcap'), frames, seed),
    commands: [...builds(file('distinct.pcap')), ...capturePeers(file('distinct.pcap'))],
  },
  {
    name: `${frames} frames, a mix of conversations, half in VXLAN`,
    make: () => trafficMix(file('mix.pcap'), frames, seed),
    commands: [...builds(file('mix.pcap')), ...capturePeers(file('mix.pcap'))],
  },
  {
    name: 'the same mix in a .tar.gz',
    make: async () => {
      if (!existsSync(file('mix.pcap'))) trafficMix(file('mix.pcap'), frames, seed);
      await create({ gzip: true, file: file('mix.tar.gz'), cwd: folder }, ['mix.pcap']);
    },
    commands: [
      ...builds(file('mix.tar.gz')),
      ['podtrail analyze, not packed', podtrail(file('mix.pcap'))],
      ['tar xzOf', ['tar', 'xzOf', file('mix.tar.gz')]],
    ],
  },
  {
    name: `${lines} iptables LOG lines of a syslog`,
    make: () => logLines(file('kern.log'), lines, seed),
    commands: [
      ...builds(file('kern.log')),
      ["mawk '{n+=NF} END{print n}'", ['mawk', '{n+=NF} END{print n}', file('kern.log')]],
    ],
  },
  {
    name: `a bundle of ${LARGE.nodes} nodes with ${LARGE.services} services, rules of ${LARGE.dumped} nodes, ${LARGE.flows} flows that fail`,
    make: () => largeCluster(file('cluster'), seed),
    commands: builds(file('cluster')),
  },
  {
    name: 'a small bundle',
    make: () => {},
    commands: [...builds(smallBundle()), ['node -e 0', [node, '-e', '0']]],
  },
];

/** The sample bundle nearest to 30 kB. */
function smallBundle() {
  const samples = join(root, 'samples', 'bundles');
  const far = (path) => Math.abs(statSync(path).size - 30_000);
  return readdirSync(samples)
    .filter((name) => !name.endsWith('.json'))
    .sort()
    .map((name) => join(samples, name))
    .reduce((best, path) => (far(path) < far(best) ? path : best));
}

/** One run: seconds, and the peak of resident memory in MB where it can be known. */
function measure([command, ...rest]) {
  const report = file('time.txt');
  const [program, args] = timed ? ['/usr/bin/time', ['-f', '%M', '-o', report, command, ...rest]] : [command, rest];
  const before = process.hrtime.bigint();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  const failed = error !== undefined || status !== 0;
  const memory = timed ? Number(readFileSync(report, 'utf8').trim().split('\n').at(-1)) / 1024 : undefined;
  return { seconds, memory, failed };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const version = (command, flag) => {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return (`${stdout}${stderr}`.split('\n')[0] ?? '').slice(0, 60);
};

function print(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    process.stdout.write(`  ${cells.join('  ')}\n`);
  }
}

mkdirSync(folder, { recursive: true });
const peers = [
  ['tcpdump', '--version'],
  ['tshark', '--version'],
  ['tar', '--version'],
  ['mawk', '-Wversion'],
];
process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, median of ${runs}\n`,
);
process.stdout.write(`node ${process.version}\n`);
for (const [peer, flag] of peers) {
  process.stdout.write(installed(peer) ? `${version(peer, flag)}\n` : `${peer}: not installed, left out\n`);
}
if (!timed) process.stdout.write('/usr/bin/time: not installed, so peak memory is not measured\n');

for (const it of CASES.filter(({ name }) => name.includes(values.only))) {
  await it.make();
  const commands = it.commands.filter(([, [program]]) => installed(program));
  const results = commands.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, [, command]] of commands.entries()) results[i].push(measure(command));
  }
  const seconds = results.map((list) => median(list.map((result) => result.seconds)));
  process.stdout.write(`\n${it.name}\n`);
  print([
    ['', 'seconds', '× podtrail', 'peak MB'],
    ...commands.map(([name], i) => {
      const memory = results[i].map((result) => result.memory ?? 0);
      const failed = results[i].some((result) => result.failed) ? ' (failed)' : '';
      const peak = timed ? Math.max(...memory).toFixed(0) : '?';
      return [name + failed, seconds[i].toFixed(2), (seconds[i] / seconds[0]).toFixed(2), peak];
    }),
  ]);
}
