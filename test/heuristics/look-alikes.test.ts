import { describe, expect, it } from 'vitest';
import { analyzed, symptoms } from '../bundle-folder.js';
import { echo, ethernet, type Packet, pcap, tcp } from '../capture-writer.js';

const T = 1_700_000_000;
/** Held against each other one by one, these packets would take minutes; they take a second. */
const SECONDS = 30;

const host = (name: string, ip: string): Record<string, string> => ({
  [`${name}/hostname`]: `${name}\n`,
  [`${name}/ip_addr.txt`]: `2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:00:00:00:00:${ip.slice(-2)} brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 brd 192.168.77.255 scope global ens3\n`,
});

async function timed(files: Record<string, string | Buffer>) {
  const start = performance.now();
  const report = await analyzed(files);
  return { report, seconds: (performance.now() - start) / 1000 };
}

describe('packets that are like each other, in any number', () => {
  it('one ping that is sent and answered 500,000 times', async () => {
    const [there, back] = [
      ethernet(echo('10.0.0.1', '10.0.0.2', 7, 1)),
      ethernet(echo('10.0.0.2', '10.0.0.1', 7, 1, true)),
    ];
    const packets = Array.from(
      { length: 500_000 },
      (_, i): Packet => ({
        at: T + i / 1000,
        bytes: i % 2 === 0 ? there : back,
      }),
    );
    const { report, seconds } = await timed({ 'n1.pcap': pcap(packets) });
    expect(symptoms(report)).toEqual([]);
    expect(seconds).toBeLessThan(SECONDS);
  }, 120_000);

  it('SYNs of which a snap length cut off a part, seen on two nodes', async () => {
    const syns = (client: string, seq: number): Buffer =>
      pcap(
        Array.from({ length: 40_000 }, (_, i) => ({
          at: T + i / 1000,
          bytes: ethernet(tcp(`${client}:${1024 + i}`, '192.168.77.11:443', { flags: 'S', seq: seq + i, length: 20 })),
          kept: 60,
        })),
      );
    const { report, seconds } = await timed({
      ...host('alpha', '192.168.77.10'),
      ...host('beta', '192.168.77.11'),
      'alpha/ens3.pcap': syns('192.168.77.10', 1),
      'beta/ens3.pcap': syns('192.168.77.12', 0x40000000),
    });
    // Nothing of alpha arrives at all, so a filter may hide it: nobody is accused.
    expect(symptoms(report)).not.toContain('lost-between-captures');
    expect(seconds).toBeLessThan(SECONDS);
  }, 120_000);
});
