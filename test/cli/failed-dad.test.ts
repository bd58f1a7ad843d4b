import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at } from '../diagnosis/case-of.js';
import { accused, reportByCommand } from '../report-by-command.js';

/** An IPv6 address that the kernel gave up because somebody else has it, by the real command. */

const OWN = 'fd5a:61:7::21';
const addr = (
  uplink: string,
  bridge = 'inet6 fd5a:61:7:b5::1/64 scope global',
): string => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: ens18: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 7a:af:5a:af:55:3f brd ff:ff:ff:ff:ff:ff
    inet 10.61.7.21/24 scope global ens18
       valid_lft forever preferred_lft forever
    ${uplink}
       valid_lft forever preferred_lft forever
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 9a:10:5a:af:55:40 brd ff:ff:ff:ff:ff:ff
    inet 10.182.5.1/24 scope global cni0
       valid_lft forever preferred_lft forever
    ${bridge}
       valid_lft forever preferred_lft forever
`;
const told = (dump: string, neighbour = ''): Report =>
  reportByCommand({
    'nodes.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: ['10.61.7.11 fd5a:61:7::11 duo1', `10.61.7.21 ${OWN} duo2`].map((row) => {
        const [four, six, name] = row.split(' ');
        return {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name },
          spec: {},
          status: {
            addresses: [four, six].map((address) => ({ type: 'InternalIP', address })),
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        };
      }),
    }),
    'duo1.txt': at('duo1', 'ip -6 neigh', `${neighbour}fe80::1 dev ens18 lladdr 52:54:00:00:00:01 REACHABLE`),
    'duo2.txt': at('duo2', 'ip addr', dump),
  });

describe('an IPv6 address that somebody else has', () => {
  it('is named by the kernel’s own word, with the machine that a neighbour table shows', () => {
    const report = told(
      addr(`inet6 ${OWN}/64 scope global dadfailed tentative`),
      `${OWN} dev ens18 lladdr 1e:d1:b9:08:9b:65 REACHABLE\n`,
    );
    expect(accused(report)).toEqual(['duplicate-node-address']);
    const [cause] = report.findings;
    expect(cause).toMatchObject({ confidence: 'proven', severity: 'warning' });
    expect(cause?.subjects).toEqual([OWN, 'duo2', 'ens18', '1e:d1:b9:08:9b:65']);
    expect(cause?.remedy[0]?.command).toContain(`ip addr add ${OWN}/64 dev ens18`);
  });

  it('is likely alone, and asks who has it', () => {
    const report = told(addr(`inet6 ${OWN}/64 scope global dadfailed tentative`));
    expect(report.findings[0]).toMatchObject({ code: 'duplicate-node-address', confidence: 'likely' });
    expect(report.notChecked[0]?.collect).toContain(`ip -6 neigh show ${OWN}`);
  });

  it.each([
    ['while the kernel still asks', addr(`inet6 ${OWN}/64 scope global tentative`)],
    [
      'a link-local one, of which the kernel makes another',
      addr(
        `inet6 ${OWN}/64 scope global\n       valid_lft forever preferred_lft forever\n    inet6 fe80::78af:5aff:feaf:553f/64 scope link dadfailed tentative`,
      ),
    ],
    [
      'the gateway of pods on a bridge, where a loop asks back',
      addr(`inet6 ${OWN}/64 scope global`, 'inet6 fd5a:61:7:b5::1/64 scope global dadfailed tentative'),
    ],
    ['one that is temporary', addr('inet6 2001:db8::77/64 scope global temporary dadfailed tentative')],
  ])('is none: %s', (_, dump) => {
    expect(accused(told(dump))).toEqual([]);
  });
});
