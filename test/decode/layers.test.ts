import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checksum, Stop, Tunnel } from '../../src/core/frame.js';
import * as c from './craft.js';
import { differences } from './differ.js';
import { type Dumped, dump } from './dump.js';
import { truth, tsharkMissing } from './tshark.js';

const missing = tsharkMissing();
const syn = c.eth(0x0800, c.ip4(6, c.tcp(2, [], { options: c.hex('020405b4 01030307 0101080a0000000100000002') })));
const dns = c.hex('1234 8180 0001 0000 0000 0000 03777777 00 0001 0001');
const inner = c.eth(0x0800, c.ip4(17, c.udp(1000, 53, dns)));
const outer = { src: '192.0.2.1', dst: '192.0.2.2' };
const inUdp = (port: number, payload: c.Bytes, sport = 33333) =>
  c.eth(0x0800, c.ip4(17, c.udp(sport, port, payload, outer), outer));

interface Case {
  name: string;
  bytes: c.Bytes;
  expected: Dumped;
  linkType?: number;
  wire?: number;
  /** tshark cannot tell, or differs for a reason given here. */
  alone?: string;
  options?: string[];
}

const cases: Case[] = [
  {
    name: 'TCP options',
    bytes: syn,
    expected: {
      mss: 1460,
      windowScale: 7,
      tsVal: 1,
      tsEcr: 2,
      seq: 0xfedcba98,
      ack: 0x89abcdef,
      tcpFlags: 2,
      l4Checksum: 1,
    },
  },
  {
    name: 'VLAN',
    bytes: c.eth(0x8100, [...c.n16(0x2042), 8, 0, ...syn.slice(14)]),
    expected: { vlan: 0x42, dport: 80 },
  },
  {
    name: 'QinQ',
    bytes: c.eth(0x88a8, [...c.n16(100), 0x81, 0, ...c.n16(42), 8, 0, ...syn.slice(14)]),
    expected: { vlan: 100, etherType: 0x0800, dport: 80 },
  },
  {
    name: '0x9100',
    bytes: c.eth(0x9100, [...c.n16(5), 8, 0, ...syn.slice(14)]),
    expected: { vlan: 5, dport: 80 },
    alone: 'the profile does not treat 0x9100 as a tag of its own',
  },
  {
    name: 'SNAP',
    bytes: c.eth(8 + syn.length - 14, [...c.hex('aaaa03 000000 0800'), ...syn.slice(14)]),
    expected: { dport: 80, etherType: 0x0800 },
  },
  {
    name: 'spanning tree',
    bytes: c.eth(38, [...c.hex('424203'), ...c.zeros(43)]),
    expected: { stop: Stop.unknownProtocol },
  },
  { name: 'raw 12', linkType: 12, bytes: syn.slice(14), expected: { dport: 80 } },
  { name: 'raw 14', linkType: 14, bytes: syn.slice(14), expected: { dport: 80 }, alone: 'not read as raw IP' },
  {
    name: 'raw 101',
    linkType: 101,
    bytes: c.ip6(58, [128, 0, 0, 0, 0, 7, 0, 9]),
    expected: { icmpType: 128, icmpId: 7 },
  },
  { name: 'IPv4', linkType: 228, bytes: syn.slice(14), expected: { dport: 80 } },
  { name: 'IPv6', linkType: 229, bytes: c.ip6(59, []), expected: { etherType: 0x86dd, stop: Stop.none } },
  {
    name: 'IPv4 where the file says IPv6',
    linkType: 229,
    bytes: syn.slice(14),
    expected: { src: '', stop: Stop.malformed },
  },
  { name: 'NULL, little-endian', linkType: 0, bytes: [2, 0, 0, 0, ...syn.slice(14)], expected: { dport: 80 } },
  { name: 'NULL, big-endian', linkType: 0, bytes: [0, 0, 0, 30, ...c.ip6(59, [])], expected: { etherType: 0x86dd } },
  { name: 'LOOP', linkType: 108, bytes: [0, 0, 0, 2, ...syn.slice(14)], expected: { dport: 80 } },
  {
    name: 'NFLOG',
    linkType: 239,
    bytes: c.hex('02000000 0800010008000300 0800050000000004').concat([64, 0, 9, 0], syn.slice(14)),
    expected: { dport: 80, stop: Stop.none },
  },
  {
    name: 'unknown link',
    linkType: 147,
    bytes: syn,
    expected: { stop: Stop.unknownLink, src: '' },
    alone: 'user-defined',
  },
  {
    name: 'padding is no payload',
    bytes: [...c.eth(0x0800, c.ip4(6, c.tcp(16, [1]))), ...c.zeros(5)],
    expected: { payloadLen: 1, l4Checksum: Checksum.good },
  },
  {
    name: 'segmentation offload: total length 0',
    bytes: c.eth(0x0800, c.ip4(6, c.tcp(16, c.zeros(3000)), { total: 0 })),
    expected: { ipLen: 0, payloadLen: 3000, l4Checksum: Checksum.good },
    alone: 'tshark shows the length that it infers',
  },
  {
    name: 'snap length',
    bytes: syn.slice(0, 40),
    wire: syn.length,
    expected: { stop: Stop.snaplen, sport: 40000, dport: 80, src: '10.0.0.1', l4Checksum: Checksum.unverified },
  },
  {
    name: 'bad checksums',
    bytes: syn.with(24, 99).with(60, 7),
    expected: { ipChecksum: Checksum.bad, l4Checksum: Checksum.bad },
  },
  {
    name: 'UDP without checksum',
    bytes: inner.with(40, 0).with(41, 0),
    expected: { l4Checksum: Checksum.absent, dnsId: 0x1234, dnsFlags: 0x8180, payloadLen: dns.length },
  },
  {
    name: 'first fragment',
    bytes: c.eth(0x0800, c.ip4(17, c.udp(1, 2, c.zeros(64)), { fragment: 0x2000 })),
    expected: { fragOffset: 0, moreFragments: 1, dport: 2, l4Checksum: Checksum.unverified },
  },
  {
    name: 'later fragment',
    bytes: c.eth(0x0800, c.ip4(17, c.zeros(64), { fragment: 0x00b9 })),
    expected: { fragOffset: 1480, moreFragments: 0, dport: -1, stop: Stop.fragment },
  },
  {
    name: 'IPv6 extension headers',
    bytes: c.eth(
      0x86dd,
      c.ip6(0, [60, 0, ...c.zeros(6), 44, 0, ...c.zeros(6), 17, 0, 0, 1, 0, 0, 0, 5, ...c.udp(1, 2, [])]),
    ),
    expected: { proto: 17, dport: 2, fragOffset: 0, moreFragments: 1, ipId: 5 },
  },
  {
    name: 'IPv6 atomic fragment',
    bytes: c.eth(0x86dd, c.ip6(44, [17, 0, 0, 0, 0, 0, 0, 5, ...c.udp(1, 2, [3], { src: c.A6, dst: c.B6 })])),
    expected: { proto: 17, fragOffset: -1, l4Checksum: Checksum.good },
  },
  {
    name: 'IPv6 home address, which the checksum would be of',
    bytes: c.eth(
      0x86dd,
      c.ip6(60, [17, 2, 1, 2, 0, 0, 0xc9, 16, ...c.zeros(16), ...c.udp(1, 2, [3], { src: c.A6, dst: c.B6 })]),
    ),
    expected: { proto: 17, dport: 2, l4Checksum: Checksum.unverified },
    alone: 'tshark puts the home address in',
  },
  {
    name: 'SCTP',
    bytes: c.eth(0x0800, c.ip4(132, c.hex('0bb8 0bb9 00000000 00000000'))),
    expected: { sport: 3000, dport: 3001 },
  },
  {
    name: 'AH',
    bytes: c.eth(0x0800, c.ip4(51, [17, 4, ...c.zeros(22), ...c.udp(1, 2, [9])])),
    expected: { proto: 17, dport: 2 },
  },
  {
    name: 'ESP',
    bytes: c.eth(0x0800, c.ip4(50, c.zeros(40))),
    expected: { tunnel: Tunnel.esp, outerSrc: '10.0.0.1', src: '10.0.0.1', proto: 50, tunnelDepth: 1 },
  },
  {
    name: 'ESP in UDP',
    bytes: inUdp(4500, [0, 0, 1, 1, ...c.zeros(40)]),
    expected: { tunnel: Tunnel.esp, dport: 4500 },
  },
  { name: 'IKE in UDP', bytes: inUdp(4500, c.zeros(40)), expected: { tunnel: Tunnel.none } },
  {
    name: 'WireGuard handshake',
    bytes: inUdp(51820, [1, 0, 0, 0, ...new Array<number>(144).fill(7)]),
    expected: { tunnel: Tunnel.wireguard, dport: 51820, payloadLen: 148 },
  },
  {
    name: 'VXLAN',
    bytes: inUdp(8472, c.vxlan(1, inner)),
    expected: {
      tunnel: Tunnel.vxlan,
      vni: 1,
      outerDport: 8472,
      outerSrc: '192.0.2.1',
      src: '10.0.0.1',
      dport: 53,
      dnsId: 0x1234,
    },
  },
  {
    name: 'VXLAN with group policy bits',
    bytes: inUdp(4789, [0x88, 0, 0, 7, ...c.vxlan(5, inner).slice(4)]),
    expected: { tunnel: Tunnel.vxlan, vni: 5, dport: 53 },
  },
  {
    name: 'VXLAN on an unknown port',
    bytes: inUdp(6080, c.vxlan(9, inner)),
    expected: { tunnel: Tunnel.vxlan, vni: 9, dport: 53 },
    options: ['-d', 'udp.port==6080,vxlan'],
  },
  {
    name: 'no VXLAN: the inner lengths do not agree',
    bytes: inUdp(6080, [...c.vxlan(9, inner), ...c.zeros(64)]),
    expected: { tunnel: Tunnel.none, dport: 6080 },
  },
  {
    name: 'no VXLAN: the flag is missing',
    bytes: inUdp(8472, [0, ...c.vxlan(9, inner).slice(1)]),
    expected: { tunnel: 0, dport: 8472 },
    alone: 'told to',
  },
  {
    name: 'no VXLAN: DNS with id 0x0800',
    bytes: c.eth(0x0800, c.ip4(17, c.udp(5000, 53, [8, 0, 0, 0, ...c.zeros(60)]))),
    expected: { tunnel: Tunnel.none, dnsId: 0x0800 },
  },
  {
    name: 'Geneve with an option',
    bytes: inUdp(6081, [...c.hex('0240 6558 00000a00 0101 80 01 12345678'), ...inner]),
    expected: { tunnel: Tunnel.geneve, vni: 10, dport: 53 },
  },
  {
    name: 'IPv6 in IPv4',
    bytes: c.eth(0x0800, c.ip4(41, c.ip6(17, c.udp(1, 2, [], { src: c.A6, dst: c.B6 })), outer)),
    expected: { tunnel: Tunnel.ip6ip, src: 'fd00::1', outerDst: '192.0.2.2', dport: 2 },
  },
  {
    name: 'GRE with a key',
    bytes: c.eth(0x0800, c.ip4(47, [0x20, 0, 8, 0, ...c.n32(0xfffffffe), ...inner.slice(14)], outer)),
    expected: { tunnel: Tunnel.gre, vni: 0xfffffffe, dport: 53 },
  },
  {
    name: 'IPIP within VXLAN',
    bytes: inUdp(4789, c.vxlan(3, c.eth(0x0800, c.ip4(4, inner.slice(14), { src: '172.16.0.1', dst: '172.16.0.2' })))),
    expected: { tunnel: Tunnel.vxlan, vni: 3, tunnelDepth: 2, outerSrc: '192.0.2.1', src: '10.0.0.1', dport: 53 },
  },
  {
    name: 'five tunnels',
    bytes: c.eth(
      0x0800,
      [1, 2, 3, 4, 5].reduce((packet) => c.ip4(4, packet, outer), inner.slice(14)),
    ),
    expected: { tunnelDepth: 4, stop: Stop.depth, src: '192.0.2.1' },
    alone: 'deeper than we go',
  },
  {
    name: 'fragmentation needed, quoting an envelope',
    bytes: c.eth(0x0800, c.ip4(1, [3, 4, 0, 0, 0, 0, ...c.n16(1450), ...inUdp(8472, c.vxlan(1, inner)).slice(14)])),
    expected: { icmpMtu: 1450, quotedSrc: '192.0.2.1', quotedDst: '192.0.2.2', quotedDport: 8472, tunnel: Tunnel.none },
  },
  {
    name: 'unreachable, quoting TCP',
    bytes: c.eth(0x0800, c.ip4(1, [3, 1, 0, 0, 0, 0, 0, 0, ...syn.slice(14, 42)])),
    expected: { quotedProto: 6, quotedSport: 40000, quotedSeq: 0xfedcba98 },
  },
  {
    name: 'packet too big',
    bytes: c.eth(0x86dd, c.ip6(58, [2, 0, 0, 0, ...c.n32(1280), ...c.ip6(17, c.udp(1, 2, []))])),
    expected: { icmpMtu: 1280, quotedSrc: 'fd00::1', quotedDport: 2 },
  },
  {
    name: 'ARP',
    bytes: c.eth(0x0806, c.hex('0001080006040002 020000000001 0a000001 020000000002 0a000002')),
    expected: { arpOp: 2, src: '10.0.0.1', dst: '10.0.0.2', etherType: 0x0806 },
  },
  {
    name: 'ARP over ATM, which has fields of its own',
    bytes: c.eth(0x0806, c.hex('0013080006040001 020000000001 0a000001 000000000000 0a000002')),
    expected: { arpOp: -1, src: '', stop: Stop.unknownProtocol },
  },
];

async function decoded(one: Case): Promise<{ file: Uint8Array; frame: Dumped }> {
  const file = c.pcap([{ bytes: one.bytes, wire: one.wire ?? one.bytes.length }], { linkType: one.linkType ?? 1 });
  const { frames, notes } = await dump(file);
  expect(notes).toEqual([]);
  return { file, frame: frames[0]! };
}

describe('layers', () => {
  for (const one of cases) {
    it(one.name, async () => {
      expect((await decoded(one)).frame).toMatchObject(one.expected);
    });
  }
  it('pairs copies of a UDP payload by hash', async () => {
    const plain = await decoded({ name: '', bytes: inner, expected: {} });
    const tunnelled = await decoded({ name: '', bytes: inUdp(8472, c.vxlan(1, inner)), expected: {} });
    expect(plain.frame.payloadHash).toBe(tunnelled.frame.payloadHash);
    expect(plain.frame.payloadHash).toBeGreaterThanOrEqual(0);
  });
});

describe.skipIf(missing !== undefined)(`layers as tshark sees them${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-layers-'));
  for (const one of cases.filter((x) => x.alone === undefined)) {
    it(one.name, async () => {
      const { file, frame } = await decoded(one);
      const path = join(folder, 'one.pcap');
      writeFileSync(path, file);
      expect(differences(frame, truth(path, one.options)[0]!)).toEqual([]);
    });
  }
});
