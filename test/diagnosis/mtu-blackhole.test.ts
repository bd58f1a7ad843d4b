import { describe, expect, it } from 'vitest';
import { mtuBlackhole } from '../../src/diagnosis/causes/mtu-blackhole.js';
import { at, explained, heard, heardSample, ipAddr, nodesYaml, outcome, podsTable } from './case-of.js';

const NODES = nodesYaml({ name: 'n1', ip: '172.31.9.1' }, { name: 'n2', ip: '172.31.9.2' });
const ping = (size: number, answered: boolean): string =>
  at(
    'n1',
    `ping -c 3 -M do -s ${size} 172.31.9.2`,
    `PING 172.31.9.2 (172.31.9.2) ${size}(${size + 28}) bytes of data.\n${answered ? `${size + 8} bytes from 172.31.9.2: icmp_seq=1 ttl=64 time=0.4 ms\n` : ''}\n--- 172.31.9.2 ping statistics ---\n3 packets transmitted, ${answered ? '3 received, 0%' : '0 received, 100%'} packet loss, time 2040ms`,
  );
const told = (...pings: string[]) =>
  heard(
    {
      'nodes.yaml': NODES,
      'n1/ip_addr.txt': at('n1', 'ip addr', ipAddr(['eth0', '172.31.9.1/24'])),
      'n1/ping.txt': pings.join(''),
    },
    mtuBlackhole,
  );

describe('mtu-blackhole', () => {
  it('is proven by sizes that never arrive, and the MTUs that both ends believe in', async () => {
    const sample = await heardSample('106-mtu-blackhole-a', mtuBlackhole);
    expect(sample.drafts).toHaveLength(1);
    expect(sample.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(sample.drafts[0]?.subjects.slice(0, 4)).toEqual(['dc1-a', 'dc1-b', 'flannel.1', 'ens3']);
    expect(sample.drafts[0]?.remedy.slice(0, 4).map((r) => r.command)).toEqual([
      'ip link set dev flannel.1 mtu 1350    # on dc1-a',
      'ip link set dev ens3 mtu 1400    # on dc1-a',
      'ip link set dev flannel.1 mtu 1350    # on dc1-b',
      'ip link set dev ens3 mtu 1400    # on dc1-b',
    ]);
    expect([...new Set(explained(sample))].sort()).toEqual([
      'large-packets-lost',
      'tcp-retransmission',
      'unreplied-icmp',
    ]);
    expect(sample.quotes('mtu-blackhole').map((e) => e.role)).toContain('ens3 takes 1500 bytes');
  });

  it('is likely where one end is not in the bundle', async () => {
    const { drafts } = await heardSample('106-mtu-blackhole-b', mtuBlackhole);
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.subjects.slice(0, 2)).toEqual(['ix-1', 'ix-2']);
  });

  it('hears pings of several sizes, and goes below what was lost', async () => {
    const { drafts } = await told(ping(1000, true), ping(1450, false));
    expect(drafts[0]).toMatchObject({ confidence: 'likely' });
    expect(drafts[0]?.remedy[0]?.command).toMatch(/mtu 1400 +# on n1$/);
    expect(drafts[0]?.title).toContain('1028 bytes pass, 1478 never do');
  });

  it('is between the nodes of the pods, wherever kubectl exec was typed', async () => {
    const pods = podsTable(
      ['default/tool-a', 'Running', '10.44.1.5', 'n1'],
      ['default/tool-b', 'Running', '10.44.2.6', 'n2'],
    );
    const typed = (size: number, received: number): string =>
      `jd@bastion ~ % kubectl exec tool-a -- ping -c 3 -M do -s ${size} 10.44.2.6\nPING 10.44.2.6 (10.44.2.6) ${size}(${size + 28}) bytes of data.\n\n--- 10.44.2.6 ping statistics ---\n3 packets transmitted, ${received} received, ${received === 0 ? 100 : 0}% packet loss, time 2040ms\n\n`;
    const given = await heard(
      { 'nodes.yaml': NODES, 'pods.txt': pods, 't.txt': typed(1000, 3) + typed(1400, 0) },
      mtuBlackhole,
    );
    expect(given.drafts[0]?.subjects.slice(0, 2)).toEqual(['n1', 'n2']);
    expect(given.drafts[0]?.summary).not.toContain('bastion');
    expect(explained(given)).toEqual(expect.arrayContaining(['large-packets-lost', 'unreplied-icmp']));
  });

  it('blames no size when every size, or none, is answered', async () => {
    expect(outcome(await told(ping(1000, true), ping(1450, true)))).toBe('quiet');
    expect(outcome(await told(ping(1000, false), ping(1450, false)))).toBe('quiet');
  });

  it('does not read MTUs that differ on paper as a fault', async () => {
    const nobody = at(
      'n1',
      'ip link',
      '2: eth0: <UP> mtu 1500 qdisc fq state UP\n    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n3: flannel.1: <UP> mtu 1500 qdisc noqueue state UNKNOWN\n    link/ether 52:54:00:00:00:03 brd ff:ff:ff:ff:ff:ff',
    );
    expect(outcome(await heard({ 'nodes.yaml': NODES, 'n1.txt': nobody }, mtuBlackhole))).toBe('quiet');
  });

  it.each(['010', '012', '108-underlay-drop-a'])('is quiet in sample %s', async (sample) => {
    expect(outcome(await heardSample(sample, mtuBlackhole))).toBe('quiet');
  });
});
