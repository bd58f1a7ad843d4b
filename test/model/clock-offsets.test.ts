import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { type ClockOffset, offsetBetween } from '../../src/model/clock-offsets.js';
import { ranDuring } from '../../src/model/journey/watch.js';
import type { TapView } from '../../src/model/taps.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/text.js';
import { analyzed } from '../bundle-folder.js';
import { conversation, dns, echo, framed, type Packet, pcap, udp, unansweredSyn, vxlan } from '../capture-writer.js';

const T = 1_700_000_000;
const [ALPHA, BETA] = ['192.168.77.10', '192.168.77.11'];
const host = (name: string, ip: string): Record<string, string> => ({
  [`${name}/hostname`]: `${name}\n`,
  [`${name}/ip_addr.txt`]: `2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:${ip.slice(-2)} brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 brd 192.168.77.255 scope global ens3\n`,
});
const moved = (packets: readonly Packet[], by: (packet: Packet) => number): Packet[] =>
  packets.map((packet) => ({ ...packet, at: packet.at + by(packet) })).sort((a, b) => a.at - b.at);
/** What alpha captured, and what beta did with a clock that is `ahead` seconds, when a packet takes `delay` seconds. */
const clocks = async (packets: readonly Packet[], ahead: number, delay = 0.004): Promise<Report> => {
  const fromAlpha = ({ bytes }: Packet): boolean => bytes.readUInt32BE(12) === 0xc0a84d0a;
  return analyzed({
    ...host('alpha', ALPHA),
    ...host('beta', BETA),
    'alpha/ens3.pcap': pcap(framed(packets)),
    'beta/ens3.pcap': pcap(framed(moved(packets, (p) => ahead + (fromAlpha(p) ? delay : -delay)))),
  });
};
const talk = (n: number): Packet[] =>
  Array.from({ length: n }, (_, i) =>
    conversation(T + i, `${ALPHA}:${40000 + i}`, `${BETA}:10250`, 1000 + i * 500),
  ).flat();

describe('clock offsets', () => {
  it('are told apart from the packets’ delay when both directions are shared', async () => {
    const report = await clocks(talk(8), 5, 0.3);
    expect(report.clocks).toEqual([{ nodes: ['alpha', 'beta'], offsetMs: 5000, packets: 16, includesDelay: false }]);
    expect(renderText(report)).toContain(
      'Clocks differ: beta is 5.0 s ahead of alpha (16 packets that both captured).',
    );
    expect(renderMarkdown(report)).toContain('beta is 5.0 s ahead of alpha');
  });

  it('are behind as well', async () => {
    const report = await clocks(talk(8), -0.25);
    expect(report.clocks).toMatchObject([{ nodes: ['alpha', 'beta'], offsetMs: -250 }]);
    expect(renderText(report)).toContain('beta is 250 ms behind alpha');
  });

  it('include the delay, and say so, when only one direction is shared', async () => {
    const oneWay = talk(8).filter(({ bytes }) => bytes.readUInt32BE(12) === 0xc0a84d0a);
    const report = await clocks(oneWay, 5, 0.3);
    expect(report.clocks).toEqual([{ nodes: ['alpha', 'beta'], offsetMs: 5300, packets: 8, includesDelay: true }]);
    expect(renderText(report)).toMatch(/all in one direction:\s+their delay is in it/);
  });

  it('come from what is inside tunnels and from DNS too', async () => {
    const wrap = (at: number, there: boolean, inner: Buffer): Packet => ({
      at,
      bytes: there ? vxlan(ALPHA, BETA, 1, inner) : vxlan(BETA, ALPHA, 1, inner),
    });
    const packets = Array.from({ length: 4 }, (_, i) => [
      wrap(T + i, true, udp(`10.61.1.5:${5000 + i}`, '10.61.2.7:53', dns(100 + i))),
      wrap(T + i + 0.01, false, udp('10.61.2.7:53', `10.61.1.5:${5000 + i}`, dns(100 + i, 0))),
    ]).flat();
    expect((await clocks(packets, 2)).clocks).toEqual([
      { nodes: ['alpha', 'beta'], offsetMs: 2000, packets: 8, includesDelay: false },
    ]);
  });

  it('are no concern when small, and not estimated from two packets or from what looks alike', async () => {
    const near = await clocks(talk(8), 0.02);
    expect(near.clocks).toMatchObject([{ offsetMs: 20 }]);
    expect(renderText(near)).not.toContain('Clocks differ');
    expect((await clocks(talk(1), 5)).clocks).toEqual([]);
    // Each node pings somebody else, with the same numbers and payload.
    const pings = (src: string): Packet[] =>
      Array.from({ length: 6 }, (_, i) => ({ at: T + i, bytes: echo(src, '192.168.77.1', 9, i + 1) }));
    const report = await analyzed({
      ...host('alpha', ALPHA),
      ...host('beta', BETA),
      'alpha/ens3.pcap': pcap(framed(pings(ALPHA))),
      'beta/ens3.pcap': pcap(framed(moved(pings(BETA), () => 3))),
    });
    expect(report.clocks).toEqual([]);
  });

  it('leave out packets that were sent twice', async () => {
    const again = Array.from({ length: 4 }, (_, i) =>
      unansweredSyn(T + i * 10, `${ALPHA}:${45000 + i}`, `${BETA}:30080`, 900 + i),
    ).flat();
    expect((await clocks(again, 5)).clocks).toEqual([]);
  });

  it('move the time of a conversation to the clock of the capture that is asked', () => {
    const clocks: ClockOffset[] = [{ nodes: ['alpha', 'beta'], offsetNs: 60e9, packets: 9, includesDelay: false }];
    const windows = new Map([[1, { firstNs: 100e9, lastNs: 130e9 }]]);
    const tap = { source: 1, node: 'beta' } as TapView;
    const ran = (firstNs: number, clockOf?: string): boolean =>
      ranDuring({ windows, clocks }, tap, { firstNs, clockOf });
    expect([ran(50e9, 'alpha'), ran(110e9, 'alpha'), ran(110e9, 'beta'), ran(110e9)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(offsetBetween(clocks, 'beta', 'alpha')).toBe(-60e9);
    expect(offsetBetween(clocks, 'beta', 'gamma')).toBeUndefined();
  });
});
