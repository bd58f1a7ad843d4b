import { describe, expect, it } from 'vitest';
import { at } from '../diagnosis/case-of.js';
import { accused, reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** Two MAC addresses answer for the address of a node: a second machine has it, unless it is one of the many innocent things that look alike. */

const OWN = '52:54:00:00:00:02';
const OTHER = '52:54:00:00:99:99';
const addresses = (n: number, mac = `52:54:00:00:00:0${n}`): string =>
  WHOLE[`k${n}/ip_addr.txt`]!.replaceAll('52:54:00:00:00:01', mac);
const CLUSTER = {
  ...WHOLE,
  'k1/ip_addr.txt': addresses(1),
  'k2/ip_addr.txt': addresses(2),
  'k3/ip_addr.txt': addresses(3),
};
const asks = (t: string): string => `12:00:${t} eth0  Out ARP, Request who-has 10.7.7.12 tell 10.7.7.11, length 28`;
const says = (t: string, mac: string, address = '10.7.7.12'): string =>
  `12:00:${t} eth0  In  ARP, Reply ${address} is-at ${mac}, length 28`;
const heard = (lines: readonly string[], changes: Readonly<Record<string, string>> = {}) =>
  reportByCommand({ ...CLUSTER, 'k1/arp.txt': at('k1', 'tcpdump -nn -i any arp', lines.join('\n')), ...changes });
const BOTH = [asks('01.000000'), says('01.000300', OWN), says('01.000400', OTHER)];

describe('two answers to one question', () => {
  it('are two machines with the address of a node', () => {
    const { verdict, findings } = heard(BOTH);
    expect(verdict, verdict.summary).toMatchObject({ cause: 'duplicate-node-address', confidence: 'likely' });
    expect(findings[0]!.subjects).toEqual(expect.arrayContaining(['10.7.7.12', 'k2', OWN, OTHER]));
  });

  it('are so in turn as well', () => {
    expect(accused(heard([says('01.000000', OWN), says('09.000000', OTHER), says('20.000000', OWN)]))).toEqual([
      'duplicate-node-address',
    ]);
  });
});

describe('what is no second machine', () => {
  it.each([
    [
      'a move: one answers, and later only the other',
      [says('01.000000', OTHER), says('09.000000', OWN), says('20.000000', OWN)],
    ],
    ['a router that answers for others (proxy ARP)', [...BOTH, says('02.000000', OTHER, '10.7.7.200')]],
    ['a virtual router', BOTH.map((line) => line.replace(OTHER, '00:00:5e:00:01:33'))],
    ['another node of the cluster', BOTH.map((line) => line.replace(OTHER, '52:54:00:00:00:03'))],
    ['an address that no node is listed with', BOTH.map((line) => line.replaceAll('10.7.7.12', '10.7.7.77'))],
    [
      'Calico’s gateway',
      BOTH.map((line) => line.replaceAll('10.7.7.12', '169.254.1.1').replace(OTHER, 'ee:ee:ee:ee:ee:ee')),
    ],
  ])('%s', (_, lines) => {
    expect(accused(heard(lines))).toEqual([]);
  });

  it('a second card of the node, or a port of its bond', () => {
    const two = `${addresses(2)}4: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n    link/ether ${OTHER} brd ff:ff:ff:ff:ff:ff\n`;
    expect(accused(heard(BOTH, { 'k2/ip_addr.txt': two }))).toEqual([]);
  });

  it('a node whose devices are not shown', () => {
    const files = Object.fromEntries(Object.entries(CLUSTER).filter(([name]) => !name.startsWith('k2/')));
    const report = reportByCommand({ ...files, 'k1/arp.txt': at('k1', 'tcpdump -nn -i any arp', BOTH.join('\n')) });
    expect(accused(report)).toEqual([]);
  });
});

describe('two MAC addresses in the neighbour tables of two nodes', () => {
  const table = (n: number, mac: string, state: string): string =>
    at(`k${n}`, 'ip neigh', `10.7.7.12 dev eth0 lladdr ${mac} ${state}`);
  const told = (state: string) =>
    reportByCommand({
      ...CLUSTER,
      'k1/ip_neigh.txt': table(1, OWN, 'REACHABLE'),
      'k3/ip_neigh.txt': table(3, OTHER, state),
    });

  it('are possible where both are confirmed, and asked for again', () => {
    const { verdict, notChecked } = told('REACHABLE');
    expect(verdict, verdict.summary).toMatchObject({ state: 'suspected', cause: 'duplicate-node-address' });
    expect(notChecked.filter(({ first }) => first).map(({ collect }) => collect)).toEqual([
      'ip neigh flush to 10.7.7.12; tcpdump -nne -c 20 -i any arp and host 10.7.7.12    # on k3',
    ]);
  });

  it('are nothing where one is an old entry', () => {
    expect(accused(told('STALE'))).toEqual([]);
  });
});
