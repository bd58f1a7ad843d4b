import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { at } from '../diagnosis/case-of.js';
import { accused, reportByCommand } from '../report-by-command.js';
import { WHOLE } from '../three-nodes.js';

/** Nodes whose routes for other nodes' pods name a router, which is in no bundle: it is meant to know them, and nobody can tell whether it does. */

const ROUTER = '10.7.7.254';
const routed = (n: number): string =>
  WHOLE[`k${n}/ip_route_show_table_all.txt`]!.replaceAll(/(10\.244\.\d\.0\/24) via 10\.7\.7\.1\d/g, `$1 via ${ROUTER}`);
const neighbours = (n: number): string =>
  at(`k${n}`, 'ip neigh', `${ROUTER} dev eth0 lladdr 52:54:00:00:00:fe REACHABLE`);
const CLUSTER = {
  ...WHOLE,
  ...Object.fromEntries([1, 2, 3].map((n) => [`k${n}/ip_route_show_table_all.txt`, routed(n)])),
  ...Object.fromEntries([1, 2, 3].map((n) => [`k${n}/ip_neigh.txt`, neighbours(n)])),
};
const curl = (address: string, output: string): string =>
  `$ kubectl -n shop exec web-1 -- curl -sS -m 4 -o /dev/null -w '%{http_code}\\n' http://${address}:8080/\n${output}\n`;
const FAILED = (address: string): string =>
  curl(address, `curl: (7) Failed to connect to ${address} port 8080 after 0 ms: Couldn't connect to server`);
const report = (tried: string, changes: Readonly<Record<string, string>> = {}): Report =>
  reportByCommand({ ...CLUSTER, ...changes, 'tried.txt': tried });

describe('routes for pods by a router', () => {
  it('are no fault where somebody got through', () => {
    const { verdict } = report(curl('10.244.2.5', '200') + curl('10.244.3.5', '200'));
    expect(verdict, verdict.summary).toMatchObject({ state: 'no-fault-found' });
    expect(verdict.summary).not.toContain('none of them');
  });

  it('do not fail by themselves: what the router does is asked for', () => {
    const { verdict, notChecked, findings } = report('');
    expect(verdict, verdict.summary).toMatchObject({ state: 'insufficient' });
    expect(verdict.summary).not.toContain('does not reach');
    expect(findings.filter(({ kind }) => kind === 'cause')).toEqual([]);
    expect(notChecked.flatMap(({ missing }) => missing)).toContain(`whether ${ROUTER} routes pod addresses`);
  });

  it('lead on to the other node, whose rules are followed', () => {
    const closed = WHOLE['k2/iptables_save.txt']!.replace(':FORWARD ACCEPT', ':FORWARD DROP').replace(
      /(\*filter[\s\S]*:FORWARD) ACCEPT/,
      '$1 DROP',
    );
    const told = report(curl('10.244.2.5', 'curl: (28) Connection timed out after 4001 milliseconds'), {
      'k2/iptables_save.txt': closed,
    });
    expect(accused(told)).toEqual(['forward-drop']);
  });
});

describe('a test by hand that failed, of which no packet is in the bundle', () => {
  it('takes the clean bill away, whatever else was answered', () => {
    const { verdict } = report(curl('10.244.2.5', '200') + FAILED('10.244.3.5'));
    expect(verdict, verdict.summary).toMatchObject({ state: 'insufficient' });
  });

  it('says nothing where it worked later', () => {
    const { verdict } = report(FAILED('10.244.3.5') + curl('10.244.3.5', '200') + curl('10.244.2.5', '200'));
    expect(verdict.summary).not.toContain('failed when it was tried');
  });
});
