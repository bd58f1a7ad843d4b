import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from './fuzz/bundle.js';
import { Random } from './fuzz/random.js';
import { type TarMember, tarOf } from './fuzz/tar-of.js';

/** Hostile inputs: those that once broke something, and a bounded number of new ones. `npm run fuzz` goes on for longer. */

const FOLDER = 'test/fuzz/found';
const ROUTES: TarMember = {
  name: 'node1/ip-route.txt',
  bytes: Buffer.from('root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n'),
};
/** Too large to keep as files. */
const MADE: readonly TarMember[] = [
  {
    name: 'an-annotation-of-200000-backslashes.yaml',
    bytes: Buffer.from(
      `apiVersion: v1\nkind: Node\nmetadata:\n  annotations:\n    flannel.alpha.${'\\'.repeat(200_000)}: x\n  name: n1\n`,
    ),
  },
  {
    name: 'a-spec-nested-5000-deep.yaml',
    bytes: Buffer.from(
      `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata:\n  name: default\nspec:\n  a: ${'['.repeat(5000)}1${']'.repeat(5000)}\n`,
    ),
  },
  {
    name: 'a-device-of-200000-characters.log',
    bytes: Buffer.from(
      ['cni0', 'ab:'.repeat(66_667), 'cni0']
        .map(
          (device, i) =>
            `[${i}.5] fwd: IN=${device} OUT=eth0 MAC=2e:93:62:d6:6c:1d:d6:ca:2d:e4:b1:ef:08:00 SRC=10.42.0.5 DST=10.43.0.10 LEN=84 TOS=0x00 PREC=0x00 TTL=63 ID=${i} DF PROTO=ICMP TYPE=8 CODE=0 ID=581 SEQ=1 \n`,
        )
        .join(''),
    ),
  },
  {
    name: '40000-braces-in-10-cni.conflist',
    bytes: Buffer.from(`{\n  "cniVersion": "0.4.0",\n  "plugins": [\n${'{'.repeat(40_000)}\n  ]\n}\n`),
  },
  {
    name: '20000-log-lines-each-with-another-prefix.log',
    bytes: Buffer.from(
      Array.from(
        { length: 20_000 },
        (_, i) =>
          `[${i}.5] DROP: IN=cni0 OUT=eth0 SRC=10.42.0.${i % 250} DST=10.43.${i % 256}.10 LEN=60 TTL=63 ID=${i} PROTO=TCP SPT=${1024 + i} DPT=53 WINDOW=64240 RES=0x00 SYN URGP=0\n`,
      ).join(''),
    ),
  },
  ...[' ', '\t', '(', 'a=', '::'].map((sign) => ({
    name: `a-line-of-250000-times-${Buffer.from(sign).toString('hex')}.log`,
    bytes: Buffer.from(`2026-11-21 06:46:07.000 [INFO][7] felix/a.go 1: x\n${sign.repeat(250_000 / sign.length)}!\n`),
  })),
  {
    name: '500-lines-of-a-sign-and-1900-tabs.log',
    bytes: Buffer.from(`[preflight] If you know what you${'\t'.repeat(1900)}!\n`.repeat(500)),
  },
  {
    name: '100-lines-of-50000-low-lines-that-might-be-ps.log',
    bytes: Buffer.from(
      `# ps aux\nroot 2231 0.1 0.3 712204 11880 kube-proxy --v=2\n${`root 2231 0.1 ${'_'.repeat(49_000)}!\n`.repeat(100)}`,
    ),
  },
  ...['[', '- ', '": ', '{"a":'].map((sign) => ({
    name: `4000-times-${Buffer.from(sign).toString('hex')}-in-10-cni.conflist`,
    bytes: Buffer.from(`{\n  "cniVersion": "0.4.0",\n  "plugins": [\n    { "delegate": ${sign.repeat(4000)}\n  ]\n}\n`),
  })),
  {
    name: '500-braces-in-10-cni.conflist',
    bytes: Buffer.from(`{\n  "cniVersion": "0.4.0",\n  "plugins": [\n${'{'.repeat(500)}\n  ]\n}\n`),
  },
];

describe('what once broke something breaks nothing, and what lies beside it is read', () => {
  const kept = readdirSync(FOLDER).map((name) => ({ name, bytes: readFileSync(join(FOLDER, name)) }));
  it.each([...kept, ...MADE])('$name', async (found) => {
    await bundle.check(tarOf([found, ROUTES]), new Random(1));
  });
});

it('new ones, always the same', () => {
  const { status, stdout } = spawnSync(process.execPath, ['bin/fuzz.mjs', '--seed', '1', '--rounds', '12'], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^seed 1\n720 parser, 480 decoder, 24 bundle, 12 beside, 12 line: 0 failed\n$/);
  expect(status).toBe(0);
}, 600_000);
