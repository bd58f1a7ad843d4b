import { describe, expect, it } from 'vitest';
import { conversation, framed, pcap } from '../capture-writer.js';
import { reportByCommand } from '../report-by-command.js';
import { node, OBJECTS, WHOLE } from '../three-nodes.js';

/** When the command says that no fault was found, and when that nobody can tell (docs/verdict.md). */

const without = (pattern: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(WHOLE).filter(([name]) => !pattern.test(name)));

/** A connection that is answered, as a node's uplink shows it. */
const answered = (client: string, server: string): Buffer =>
  pcap(framed(conversation(1_700_000_000, `${client}:40000`, `${server}:80`)));

describe('no fault found', () => {
  it('is said of a configuration that is shown whole and lets all ways pass', () => {
    const { verdict } = reportByCommand(WHOLE);
    expect(verdict, verdict.summary).toMatchObject({ state: 'no-fault-found', cause: null });
  });

  it.each([
    ['the rules of a node', /^k2\/iptables/, 'the netfilter rules of k2'],
    ['the routes of a node', /^k2\/ip_route/, 'k2'],
    ['a whole node', /^k3\//, 'the configuration of k3'],
    ['the settings of a node', /^k1\/sysctl/, 'net.ipv4.conf.all.forwarding of k1'],
  ])('is not said without %s, which the summary names', (_, file, words) => {
    const { verdict } = reportByCommand(without(file));
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain(words);
  });

  it('is said of a capture in which pods are answered, whatever of the configuration is missing', () => {
    const { verdict } = reportByCommand({ ...OBJECTS, 'k1/eth0.pcap': answered('10.244.1.5', '10.244.2.5') });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
    expect(verdict.summary).not.toContain('none of them');
  });

  it('is not said for a conversation of nodes alone, where it is known who the pods are', () => {
    const { verdict } = reportByCommand({ ...OBJECTS, 'k1/eth0.pcap': answered('10.7.7.11', '10.7.7.12') });
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('No conversation of a pod or a service');
  });

  it('says so where no conversation is between a pod and another node', () => {
    const { verdict } = reportByCommand({ ...OBJECTS, 'k1/cni0.pcap': answered('10.244.1.5', '10.244.1.6') });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
    expect(verdict.summary).toContain('none of them is between a pod and another node');
  });
});

describe('a conversation without an answer, with too few packets to call it a fault', () => {
  const asked = (server: string): string =>
    `00:47:38.756049 IP 10.244.1.5 > ${server}: ICMP echo request, id 31423, seq 1, length 64\n`;
  const told = (server: string): string =>
    `${asked(server)}00:47:38.756349 IP ${server} > 10.244.1.5: ICMP echo reply, id 31423, seq 1, length 64\n`;
  const typed = (...lines: readonly string[]): string => `[root@k1 ~]# tcpdump -nni eth0 icmp\n${lines.join('')}`;

  it('is no clean bill beside one that was answered', () => {
    const { verdict } = reportByCommand({ ...OBJECTS, 't.txt': typed(told('10.244.2.5'), asked('10.244.2.6')) });
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('10.244.1.5 to 10.244.2.6');
  });

  it('is said, and is no more than that, among many that were: every capture ends before some answer', () => {
    const many = [11, 12, 13, 14, 15, 16].map((n) => told(`10.244.2.${n}`));
    const { verdict } = reportByCommand({ ...OBJECTS, 't.txt': typed(...many, asked('10.244.2.6')) });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
    expect(verdict.summary).toContain('Of 7 conversations that the bundle shows 6 were answered');
  });

  it('is none where the capture shows one direction only', () => {
    const oneWay = typed(asked('10.244.2.6')).replace('icmp', "'icmp and src 10.244.1.5'");
    const { verdict } = reportByCommand({ ...OBJECTS, 't.txt': typed(told('10.244.2.5')), 'one.txt': oneWay });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
    expect(verdict.summary).toContain('Every conversation');
  });
});

describe('ways that the configuration lets nobody go, and that no cause may be named for', () => {
  /** k2 sends what is for pods of k1 by k3, whose rules drop what their connection tracking cannot place. */
  const ASTRAY = {
    ...WHOLE,
    ...node(2, (peer) => (peer === 1 ? 3 : peer)),
    'k3/iptables_save.txt': WHOLE['k3/iptables_save.txt']!.replace(
      /(\*filter\n(?::.*\n)*)/,
      '$1-A FORWARD -m conntrack --ctstate INVALID -j DROP\n',
    ),
  };

  it('are no clean bill: the summary says where they end', () => {
    const { verdict, findings } = reportByCommand(ASTRAY);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(verdict.state, verdict.summary).toBe('insufficient');
    expect(verdict.summary).toContain('on k3');
    expect(verdict.subjects).toContain('k3');
  });

  it('hinder nobody where the very way is seen to work', () => {
    const { verdict } = reportByCommand({
      ...ASTRAY,
      'k1/eth0.pcap': answered('10.244.1.5', '10.244.2.5'),
      'k1/two.pcap': answered('10.7.7.11', '10.244.2.5'),
      'k2/eth0.pcap': answered('10.244.2.5', '10.244.1.5'),
      'k2/two.pcap': answered('10.7.7.12', '10.244.1.5'),
    });
    expect(verdict.state, verdict.summary).toBe('no-fault-found');
  });

  it('are meant where a policy does not admit them', () => {
    const policy = (n: number): Record<string, string> => ({
      [`k${n}/iptables_save.txt`]: WHOLE[`k${n}/iptables_save.txt`]!.replace(
        /(\*filter\n(?::.*\n)*)/,
        '$1:cali-tw-cali1 - [0:0]\n-A FORWARD -i eth0 -o cni0 -j cali-tw-cali1\n-A cali-tw-cali1 -j DROP\n',
      ),
    });
    const { verdict } = reportByCommand({ ...WHOLE, ...policy(2) });
    expect(verdict.summary).not.toContain('does not reach');
  });
});
