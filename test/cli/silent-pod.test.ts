import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { cooked2, dns, LINK, type Packet, pcap, udp } from '../capture-writer.js';
import { at, ipAddr, nodesYaml, podsTable } from '../diagnosis/case-of.js';
import { reportByCommand } from '../report-by-command.js';

/** Packets that were seen going to a pod which does not answer: the report sends nobody to the network. */

const T = 1_700_000_000;
const POD = '10.182.5.5';
const host = (name: string, n: 1 | 2): string =>
  at(name, 'ip addr', ipAddr(['eth0', `10.61.7.${n}1/24`], ['cni0', `10.182.${3 + n}.1/24`])) +
  at(
    name,
    'ip route',
    `default via 10.61.7.1 dev eth0
10.61.7.0/24 dev eth0 proto kernel scope link src 10.61.7.${n}1
10.182.${3 + n}.0/24 dev cni0 proto kernel scope link src 10.182.${3 + n}.1
10.182.${6 - n}.0/24 via 10.61.7.${3 - n}1 dev eth0`,
  ) +
  at(name, 'sysctl -a', 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0') +
  at(name, 'iptables-save', '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT');
const PODS = podsTable(
  ['kube-system/coredns-5b8d7c6f9-kk8wd', 'Running', POD, 'pv-02'],
  ['shop/cli', 'Running', '10.182.4.21', 'pv-01'],
);
const question = (at: number, answer = false): Packet[] => [
  { at, bytes: cooked2(2, 'in', udp('10.182.4.21:5000', `${POD}:53`, dns(7))) },
  { at: at + 0.0001, bytes: cooked2(3, 'out', udp('10.182.4.21:5000', `${POD}:53`, dns(7))) },
  ...(answer ? [{ at: at + 0.0002, bytes: cooked2(3, 'in', udp(`${POD}:53`, '10.182.4.21:5000', dns(7, 0))) }] : []),
];
const told = (...packets: readonly Packet[]): Report =>
  reportByCommand({
    'nodes.yaml': nodesYaml(
      { name: 'pv-01', ip: '10.61.7.11', podCidr: '10.182.4.0/24' },
      { name: 'pv-02', ip: '10.61.7.21', podCidr: '10.182.5.0/24' },
    ),
    'pods.txt': PODS,
    'pv-01.txt': host('pv-01', 1),
    'pv-02.txt': host('pv-02', 2),
    'pv-02/any.pcap': pcap(packets, LINK.cooked2),
  });

describe('a pod that does not answer', () => {
  const silent = told(...[0, 5, 10].flatMap((i) => question(T + i)));

  it('is where the report sends one, with its log and state', () => {
    expect(silent.verdict).toMatchObject({ state: 'suspected', cause: null });
    expect(silent.verdict.summary).toContain('going to kube-system/coredns-5b8d7c6f9-kk8wd on pv-02');
    expect(silent.notChecked[0]?.collect).toMatch(/^kubectl -n kube-system describe pod coredns-5b8d7c6f9-kk8wd; /);
  });

  it('is not asked for by lists that the bundle holds', () => {
    expect(silent.notChecked.some(({ collect }) => collect === 'kubectl get pods -A -o wide')).toBe(false);
  });

  it('is none where packets were seen on the wire only, nor where it answers on its device', () => {
    const wire = [0, 5, 10].flatMap((i) => question(T + i).slice(0, 1));
    expect(told(...wire).verdict.summary).not.toContain('look into that pod');
    expect(told(...[0, 5, 10].flatMap((i) => question(T + i, true))).verdict.summary).not.toContain(
      'look into that pod',
    );
  });
});
