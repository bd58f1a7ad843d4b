import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/analyze.js';
import { parseIpv4, parseIpv6 } from '../../src/core/address.js';
import { redactionOf } from '../../src/redact/redact-report.js';
import { tsharkMissing } from '../decode/tshark.js';
import { holds, SHAPE, seenIn } from '../redact/shape.js';

/** Evidence of whole bundles through the command: redacted, it shows the same packets, and nothing of the site is in its bytes. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-redacted-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ADDRESSES = `ip.src ip.dst ipv6.src ipv6.dst eth.src eth.dst arp.src.proto_ipv4 arp.dst.proto_ipv4 arp.src.hw_mac
  arp.dst.hw_mac sll.src.eth`.split(/\s+/);

function bytesOf(address: string): Uint8Array {
  if (/^(?:..:){5}..$/.test(address)) return Uint8Array.from(address.split(':'), (octet) => Number.parseInt(octet, 16));
  const v4 = parseIpv4(address);
  return v4 < 0 ? parseIpv6(address)! : Uint8Array.of(v4 >>> 24, v4 >>> 16, v4 >>> 8, v4);
}

function analyze(bundle: string, dir: string, ...more: readonly string[]): Report {
  const args = ['analyze', join('samples/bundles', bundle), '-f', 'json', '-q', '--evidence', dir, ...more];
  const ran = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', maxBuffer: 64e6 });
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as Report;
}

const SAMPLES = [
  '001-vtep-address-unreachable.tar', // VXLAN
  '106-mtu-blackhole-a.tar.gz', // ICMP errors that quote
  '121-next-hop-off-link-a.tar.gz', // ARP
  '137-vxlan-checksum-offload-a.tar.gz', // wrong checksums
];

describe.skipIf(tsharkMissing() !== undefined).each(SAMPLES)('redacted evidence of %s', (sample) => {
  const plain = join(scratch, `${sample}-plain`);
  const redacted = join(scratch, `${sample}-redacted`);
  let before: Report;
  let after: Report;
  beforeAll(() => {
    before = analyze(sample, plain);
    after = analyze(sample, redacted, '--redact');
  }, 240_000);

  it('has the same packets', () => {
    expect(readdirSync(redacted).sort()).toEqual(readdirSync(plain).sort());
    const shape = (dir: string) => seenIn(join(dir, 'frames.pcapng'), SHAPE);
    expect(shape(redacted).length).toBeGreaterThan(0);
    expect(shape(redacted)).toEqual(shape(plain));
  });

  it('has in its packets the addresses that the report has, and no other', () => {
    const { ip4, ip6, mac } = redactionOf(before);
    const image = (address: string): string => {
      if (/^(?:..:){5}..$/.test(address)) return mac(address);
      const bytes = bytesOf(address);
      return [
        ...(bytes.length === 4
          ? new Uint8Array(new Uint32Array([ip4(parseIpv4(address))]).buffer).reverse()
          : ip6(bytes)),
      ].join('.');
    };
    const told = (address: string): string =>
      /^(?:..:){5}..$/.test(address) ? address : [...bytesOf(address)].join('.');
    const rows = (dir: string, how: (address: string) => string) =>
      seenIn(join(dir, 'frames.pcapng'), ADDRESSES).map((row) =>
        Object.values(row).map((all) => (all === '' ? [] : all.split(',').map(how))),
      );
    expect(rows(redacted, told)).toEqual(rows(plain, image));
  });

  it('has no real address in the bytes of any file', () => {
    const real = new Set(
      seenIn(join(plain, 'frames.pcapng'), ADDRESSES).flatMap((row) =>
        Object.values(row).flatMap((all) => all.split(',')),
      ),
    );
    for (const [address] of JSON.stringify(before.findings).matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g))
      real.add(address);
    real.delete('');
    const { ip4, ip6, mac } = redactionOf(before);
    const replaced = [...real].filter((address) => {
      if (/^(?:..:){5}..$/.test(address)) return mac(address) !== address;
      const bytes = bytesOf(address);
      if (bytes.length === 4) return ip4(parseIpv4(address)) !== parseIpv4(address);
      return ip6(bytes).some((octet, i) => octet !== bytes[i]);
    });
    expect(replaced.length).toBeGreaterThan(3);
    const frames = readFileSync(join(redacted, 'frames.pcapng'));
    for (const address of replaced) {
      expect(holds(frames, bytesOf(address)), `${address} in frames.pcapng`).toBe(false);
      for (const name of readdirSync(redacted))
        expect(
          new RegExp(`(?<![\\d.])${address.replaceAll('.', '\\.')}(?![\\d.])`).test(
            readFileSync(join(redacted, name), 'latin1'),
          ),
          `${address} in ${name}`,
        ).toBe(false);
    }
    for (const name of readdirSync(redacted))
      for (const node of before.bundle.nodes.filter((word) => word.length > 3 && /\d/.test(word)))
        expect(readFileSync(join(redacted, name), 'latin1'), name).not.toContain(node);
  });

  it('names in each comment the file, frame and findings as the redacted report does', () => {
    const cited = after.findings.flatMap(({ evidence }) =>
      evidence.flatMap((e) => ('frame' in e ? [`${e.file} frame ${e.frame}`] : [])),
    );
    const comments = seenIn(join(redacted, 'frames.pcapng'), ['frame.comment']).map((row) => row['frame.comment']!);
    expect(comments.map((comment) => comment.replace(/(?: \(no time in the file\))?:.*/, '')).sort()).toEqual(
      [...new Set(cited)].sort(),
    );
  });
});
