import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MOST_ADDRESSES } from '../../src/core/address.js';
import { MOST_HOSTS, MOST_NOTES, MOST_PIECES } from '../../src/store/admission.js';
import { tarOf } from '../fuzz/tar-of.js';

/**
 * What a run remembers of its input is bounded: each kind of input beyond its bound, through the command. The note says what was left
 * out, and memory stays below the 400 MB that any bundle may take (docs/hostile-input.md).
 */

const MOST_MB = 400;
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-bounds-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface NotRead {
  readonly file: string;
  readonly reason: string;
  readonly count: number;
}

/** What the report says it has not read of a file with this content. */
function notRead(name: string, content: string | Buffer): readonly NotRead[] {
  const path = join(scratch, name);
  writeFileSync(path, content);
  const peak = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + ' kB'))`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(peak)}`,
      'dist/cli/main.js',
      'analyze',
      '-q',
      '-f',
      'json',
      path,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 240_000, env: { ...process.env, TMPDIR: scratch } },
  );
  expect(stderr).toMatch(/^peak \d+ kB$/);
  expect(status).toBe(0);
  expect(Number(/\d+/.exec(stderr)![0]) / 1024).toBeLessThan(MOST_MB);
  rmSync(path);
  expect(readdirSync(scratch)).toEqual([]);
  return (JSON.parse(stdout) as { readonly notRead: readonly NotRead[] }).notRead;
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

/** UDP datagrams, each between two addresses of its own. */
function strangers(frames: number): Buffer {
  const capture = Buffer.alloc(24 + frames * 58);
  capture.writeUInt32LE(0xa1b2c3d4, 0);
  capture.writeUInt32LE(65535, 16);
  capture.writeUInt32LE(1, 20);
  capture.writeUInt32LE(0x0004_0002, 4);
  for (let i = 0; i < frames; i++) {
    const at = 24 + i * 58;
    capture.writeUInt32LE(1_700_000_000 + Math.floor(i / 1e4), at);
    capture.writeUInt32LE(42, at + 8);
    capture.writeUInt32LE(42, at + 12);
    const ip = at + 16 + 14;
    capture.writeUInt16BE(0x800, ip - 2);
    capture.writeUInt32BE(0x4500001c, ip);
    capture.writeUInt32BE(0x40110000, ip + 8);
    capture.writeUInt32BE(0x0b000000 + i, ip + 12);
    capture.writeUInt32BE(0x2b000000 + i, ip + 16);
    capture.writeUInt32BE(0x0fa01388, ip + 20);
    capture.writeUInt16BE(8, ip + 24);
  }
  return capture;
}

describe('beyond its bound is named and left out:', () => {
  it('outputs of commands', () => {
    const more = 200_000;
    const text = lines(MOST_PIECES + more, () => 'root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n');
    expect(notRead('prompts.txt', text)).toEqual([
      {
        file: 'prompts.txt',
        reason: `more than ${MOST_PIECES} outputs of commands: the rest was left out`,
        count: 1,
        firstLine: 2 * MOST_PIECES + 1,
      },
    ]);
  }, 300_000);

  it('hosts of prompts', () => {
    const more = 100_000;
    const text = lines(MOST_HOSTS + more, (i) => `root@n${i}:~# ip route\n`);
    expect(notRead('hosts.txt', text)).toEqual([
      {
        file: 'hosts.txt',
        reason: `more than ${MOST_HOSTS} hosts: what others show was left out`,
        count: more,
        firstLine: MOST_HOSTS + 1,
      },
    ]);
  }, 300_000);

  it('nodes that are known by the names of their folders', () => {
    const more = 5_000;
    const files = Array.from({ length: MOST_HOSTS + more }, (_, i) => ({
      name: `bundle/worker${i}x/ip_route.txt`,
      bytes: Buffer.from(
        `default via 10.0.0.1 dev eth0\n10.${i >> 8}.${i & 255}.0/24 dev cni0 proto kernel scope link src 10.${i >> 8}.${i & 255}.1\n`,
      ),
    }));
    expect(notRead('folders.tar', tarOf(files))).toEqual([
      {
        file: 'folders.tar',
        reason: `more than ${MOST_HOSTS} hosts: what others show was left out, from bundle/worker${MOST_HOSTS}x/ip_route.txt on`,
        count: more,
      },
    ]);
  }, 300_000);

  it('addresses', () => {
    const frames = MOST_ADDRESSES.all / 2 + 1_000_000;
    const [note, ...others] = notRead('strangers.pcap', strangers(frames));
    expect(others).toEqual([]);
    expect(note).toMatchObject({ file: 'strangers.pcap', count: 2_000_000 });
    expect(note!.reason).toContain('more than 1000000 different addresses');
  }, 300_000);

  it('notes', () => {
    const more = 50_000;
    // A route over several next hops that lacks them is named with its destination.
    const text = `root@n1:~# ip route\n${lines(MOST_NOTES + more, (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255} \n`)}default via 10.0.0.1 dev eth0\n`;
    const notes = notRead('notes.txt', text);
    expect(notes.length).toBeLessThanOrEqual(MOST_NOTES + 2);
    expect(notes.map(({ reason }) => reason)).toContain(`more than ${MOST_NOTES} notes: others are only counted`);
  }, 300_000);

  // 15 MB of the first took 4 GB.
  it.each([
    ['signs', `  a:\n${'}'.repeat(300).concat('\n').padStart(305).repeat(20_000)}`],
    ['items', `  a: {\n${`    ${'a,'.repeat(300)}\n`.repeat(9_000)}  }\n`],
    ['lines', lines(200_000, (i) => `  k${i}: v${i}\n`)],
  ])('%s of a YAML object', (_, spec) => {
    expect(notRead('pod.yaml', `apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n${spec}`)).toMatchObject([
      { file: 'pod.yaml', reason: 'an object is larger than any real one and was left out', count: 1, firstLine: 1 },
    ]);
  });

  it('characters of a YAML or JSON object', () => {
    const value = `${'word '.repeat(20)}\n`.repeat(80_000);
    const reason = 'an object is longer than 6 MB and was left out';
    expect(
      notRead('pod.yaml', `apiVersion: v1\nkind: Pod\nspec:\n  a: |\n    ${value.replaceAll('\n', '\n    ')}`),
    ).toMatchObject([{ reason, count: 1 }]);
    const list = `${'{},'.repeat(40)}\n`.repeat(60_000);
    expect(
      notRead(
        'pod.json',
        `{\n    "apiVersion": "v1",\n    "kind": "Pod",\n    "spec": {\n        "a": [${list}{}]\n    }\n}\n`,
      ),
    ).toMatchObject([{ reason, count: 1 }]);
  });

  it("characters of a rule of nft's JSON", () => {
    const rule = `{"rule":{"family":"ip","table":"t","chain":"c","handle":1,"expr":[\n${`${'{},'.repeat(40)}\n`.repeat(50_000)}{}]}}`;
    const chain = '{"chain":{"family":"ip","table":"t","name":"c","handle":1}}';
    expect(notRead('nft.json', `{"nftables":[${chain},\n${rule}]}\n`)).toMatchObject([{ file: 'nft.json', count: 1 }]);
  });

  it('names of hosts in paths are looked up, not tried one after the other', () => {
    const nodes = 10_000;
    const files = Array.from({ length: nodes }, (_, i) => [
      [`bundle/node${i}/hostname`, `node${i}\n`] as const,
      [`bundle/node${i}/ip_route.txt`, 'default via 10.0.0.1 dev eth0\n'] as const,
    ]).flat();
    const start = performance.now();
    expect(
      notRead('nodes.tar', tarOf(files.map(([path, text]) => ({ name: path, bytes: Buffer.from(text) })))),
    ).toEqual([]);
    expect((performance.now() - start) / 1000).toBeLessThan(60);
  }, 300_000);
});
