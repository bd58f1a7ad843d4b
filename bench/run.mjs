/**
 * `npm run bench`: podtrail beside the tools that people use on the same files. Whole processes from start to end, run in
 * turns so that the machine's mood hits all alike; the median counts, and only ratios within one run mean anything.
 *
 *   npm run bench -- [--frames N] [--lines N] [--runs N] [--seed N] [--only TEXT …] [--also FILE] [--write]
 *
 * `--also` measures another build of podtrail (its dist/cli/main.js) beside this one; `--write` puts the tables into
 * docs/benchmarks.md, where those that `--only` leaves out stay as they are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { prepare, root } from '../bin/build-if-needed.mjs';
import { given } from '../bin/given.mjs';
import { Document } from './document.mjs';
import { distinctFlows, logLines, trafficMix } from './generate.mjs';
import { LARGE, largeCluster } from './generate-cluster.mjs';
import { longTables } from './generate-tables.mjs';
import { measure, timed } from './measure.mjs';

const { values } = given(import.meta.url, {
  options: {
    frames: { type: 'string', default: '200000' },
    lines: { type: 'string' },
    runs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [''] },
    also: { type: 'string' },
    write: { type: 'boolean', default: false },
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
const COPY = 'tcpdump -nn -r FILE -w /dev/null';
const ARGUS = 'argus -r FILE -w /dev/null';
const TEXT = 'tcpdump -nn -r FILE';
const CONVERSATIONS = 'tshark -n -q -r FILE -z conv,tcp';
const FIELDS = 'tshark -n -r FILE -T fields';
const capturePeers = (path) => [
  [COPY, ['tcpdump', '-nn', '-r', path, '-w', '/dev/null']],
  [ARGUS, ['argus', '-r', path, '-w', '/dev/null']],
  [TEXT, ['tcpdump', '-nn', '-r', path]],
  ['tcptrace -n FILE', ['tcptrace', '-n', path]],
  [CONVERSATIONS, ['tshark', '-n', '-q', '-r', path, '-z', 'conv,tcp']],
  [
    FIELDS,
    [
      'tshark',
      '-n',
      '-r',
      path,
      '-d',
      'udp.port==8472,vxlan',
      '-T',
      'fields',
      '-e',
      'ip.src',
      '-e',
      'ip.dst',
      '-e',
      'tcp.srcport',
      '-e',
      'tcp.dstport',
      '-e',
      'tcp.flags',
      '-e',
      'tcp.seq_raw',
    ],
  ],
];
/** A quarter of the frames of the same kind, for the rows that show how cost grows. */
const quarter = Math.max(1, Math.floor(frames / 4));
const QUARTER = 'podtrail analyze, a quarter of the frames';
/** How long podtrail may take, as a multiple of a peer's time. */
const CAPTURE_TARGETS = { [COPY]: 5, [TEXT]: 1 / 5, [CONVERSATIONS]: 1 / 10, [FIELDS]: 1 / 25 };

/** What is measured: an input, how it is made, and the commands beside each other. The first is the measure. */
const CASES = [
  {
    name: `${frames} frames, every one a flow of its own, half in VXLAN`,
    make: () => {
      distinctFlows(file('distinct.pcap'), frames, seed);
      distinctFlows(file('distinct-4.pcap'), quarter, seed);
    },
    commands: [
      ...builds(file('distinct.pcap')),
      [QUARTER, podtrail(file('distinct-4.pcap'))],
      ...capturePeers(file('distinct.pcap')),
    ],
    targets: { ...CAPTURE_TARGETS, [ARGUS]: 1 / 2, [QUARTER]: 4.4 },
  },
  {
    name: `${frames} frames, a mix of conversations, half in VXLAN`,
    make: () => {
      trafficMix(file('mix.pcap'), frames, seed);
      trafficMix(file('mix-4.pcap'), quarter, seed);
    },
    commands: [...builds(file('mix.pcap')), [QUARTER, podtrail(file('mix-4.pcap'))], ...capturePeers(file('mix.pcap'))],
    targets: { ...CAPTURE_TARGETS, [ARGUS]: 1, [QUARTER]: 4.4 },
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
      ['tar xzOf FILE', ['tar', 'xzOf', file('mix.tar.gz')]],
    ],
    targets: { 'podtrail analyze, not packed': 1.3, 'tar xzOf FILE': 1 },
  },
  {
    name: `${lines} iptables LOG lines of a syslog`,
    make: () => logLines(file('kern.log'), lines, seed),
    commands: [
      ...builds(file('kern.log')),
      ["mawk '{n+=NF} END{print n}' FILE", ['mawk', '{n+=NF} END{print n}', file('kern.log')]],
    ],
    targets: { "mawk '{n+=NF} END{print n}' FILE": 4 },
  },
  {
    name: `a bundle of ${LARGE.nodes} nodes with ${LARGE.services} services, rules of ${LARGE.dumped} nodes, ${LARGE.flows} flows that fail`,
    make: () => largeCluster(file('cluster'), seed),
    commands: builds(file('cluster')),
    targets: {},
  },
  {
    name: 'a small cluster, 180000 routes on one of its nodes',
    make: () => {
      longTables(['routes'], 180_000, file('routes'), seed);
      longTables(['routes'], 45_000, file('routes-4'), seed);
    },
    commands: [...builds(file('routes')), ['podtrail analyze, a quarter of the routes', podtrail(file('routes-4'))]],
    targets: {},
  },
  {
    name: 'a small bundle',
    make: () => {},
    commands: [...builds(smallBundle()), ['node -e 0', [node, '-e', '0']]],
    targets: {},
  },
  {
    name: 'all sample bundles in one batch',
    make: () => {},
    commands: [
      ['podtrail batch --jobs 1', batch(1)],
      ['podtrail batch --jobs 2', batch(2)],
    ],
    // Two workers on two cores: the one alone may take no less than 1.8 times as long.
    targets: { 'podtrail batch --jobs 2': { atLeast: 1.8 } },
  },
];

function batch(jobs) {
  const out = file(`reports-${jobs}`);
  return [
    node,
    main,
    'batch',
    join(root, 'samples', 'bundles'),
    '--output-dir',
    out,
    '--jobs',
    String(jobs),
    '--quiet',
  ];
}

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

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const version = (command, flag) => {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return (`${stdout}${stderr}`.split('\n')[0] ?? '').slice(0, 60);
};

const document = new Document('How fast, how large');
const say = (line) => document.say(line);

/** What podtrail may take beside this command, and whether it does. */
function verdict(target, ratio) {
  if (target === undefined) return '';
  if (typeof target === 'object') return `≥ ${target.atLeast}: ${ratio >= target.atLeast ? 'met' : 'missed'}`;
  return `≤ ${target >= 1 ? Number(target.toFixed(2)) : `1/${Math.round(1 / target)}`}: ${ratio <= target ? 'met' : 'missed'}`;
}

mkdirSync(folder, { recursive: true });
const peers = [
  ['tcpdump', '--version'],
  ['tshark', '--version'],
  ['argus', '-h'],
  ['tcptrace', '-v'],
  ['tar', '--version'],
  ['mawk', '-Wversion'],
];
say(
  `Whole processes from start to report, in turns on one machine; the median of ${runs} runs counts, and only ratios within one table mean anything. Made by \`npm run bench -- --frames ${frames} --lines ${lines} --runs ${runs} --write\` (inputs by seeded generators, seed ${seed}).`,
);
say('');
document.machine();
for (const [peer, flag] of peers)
  say(installed(peer) ? `- ${version(peer, flag)}` : `- ${peer}: not installed, left out`);
if (!timed) say('- /usr/bin/time: not installed, so peak memory is not measured');

for (const it of CASES.filter(({ name }) => values.only.some((text) => name.includes(text)))) {
  await it.make();
  const commands = it.commands.filter(([, [program]]) => installed(program));
  const results = commands.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, [, command]] of commands.entries()) results[i].push(measure(command, file('time.txt')));
  }
  const seconds = results.map((list) => median(list.map((result) => result.seconds)));
  say('');
  say(`## ${it.name[0].toUpperCase()}${it.name.slice(1)}`);
  say('');
  document.table([
    ['', 'seconds', 'podtrail takes ×', 'peak MB', 'target'],
    ...commands.map(([name], i) => {
      const memory = results[i].map((result) => result.memory ?? 0);
      const failed = results[i].some((result) => result.failed) ? ' (failed)' : '';
      const peak = timed ? Math.max(...memory).toFixed(0) : '?';
      const ratio = seconds[0] / seconds[i];
      return [
        name + failed,
        seconds[i].toFixed(2),
        i === 0 ? '' : ratio.toFixed(2),
        peak,
        verdict(it.targets[name], ratio),
      ];
    }),
  ]);
}
if (values.write) document.write(join(root, 'docs', 'benchmarks.md'), { part: !values.only.includes('') });
