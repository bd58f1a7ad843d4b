import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dumped } from './dump.js';
import { fold } from './fold.js';
import { PdmlReader } from './pdml.js';

/** Dissectors that stay on; without the others nothing is guessed from ports or content. */
const KEEP = new Set(
  (
    'frame eth ethertype vlan ieee8021ad llc arp ip ipv6 ipv6.hopopts ipv6.routing ipv6.fraghdr ipv6.dstopts icmp icmpv6 ' +
    'tcp udp sctp gre vxlan geneve udpencap wg esp ah null loop sll raw nflog data _ws.malformed _ws.short _ws.expert ' +
    'eth_maybefcs eth_withfcs eth_withoutfcs'
  ).split(' '),
);

let profile: string | undefined;

/** Why tshark cannot be the judge here, or undefined. */
export function tsharkMissing(): string | undefined {
  const found = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  return found.status === 0 ? undefined : 'tshark is not installed';
}

function environment(): NodeJS.ProcessEnv {
  if (profile === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'podtrail-tshark-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    profile = folder;
    const all = spawnSync('tshark', ['-G', 'protocols'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const names = all.stdout.split('\n').map((line) => line.split('\t')[2] ?? '');
    const off = names.filter((n) => n !== '' && !KEEP.has(n));
    writeFileSync(join(profile, 'disabled_protos'), off.map((n) => `${n}\n`).join(''));
  }
  return { ...process.env, WIRESHARK_CONFIG_DIR: profile, TZ: 'UTC' };
}

/** How tshark is run: nothing guessed, nothing put together, all checksums checked, no setting of the user's. */
export function judge(file: string, options: readonly string[]): { args: string[]; env: NodeJS.ProcessEnv } {
  return {
    args: [
      ...['-n', '-r', file, '-d', 'udp.port==8472,vxlan'],
      ...['-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE'],
      ...['-o', 'tcp.analyze_sequence_numbers:FALSE', '-o', 'eth.fcs:Never', '-o', 'ip.check_checksum:TRUE'],
      ...['-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', ...options],
    ],
    env: environment(),
  };
}

function judged(file: string, options: readonly string[]): string {
  const { args, env } = judge(file, options);
  return spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 30, env }).stdout;
}

/** Fields of each packet, all that there are of a name, by packet in the order of the names. */
export function fieldsOf(file: string, names: readonly string[], options: readonly string[] = []): string[][] {
  const lines = judged(file, [...options, '-T', 'fields', ...names.flatMap((name) => ['-e', name])]).split('\n');
  return lines.slice(0, -1).map((line) => line.split('\t'));
}

/** What tshark says of each packet, in the words of Frame. Fields that it does not show are not there. */
export function truth(file: string, options: readonly string[] = []): Dumped[] {
  const rows: Dumped[] = [];
  const reader = new PdmlReader((layers) => rows.push(fold(layers)));
  for (const line of judged(file, [...options, '-T', 'pdml']).split('\n')) reader.line(line);
  return rows;
}
