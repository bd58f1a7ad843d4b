import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/finding.js';
import { analyzed, serious } from '../bundle-folder.js';

/** A resource as `talosctl support` writes it: go-talos-support `support/collectors/talos.go`. */
const resource = (type: string, id: string, spec: Readonly<Record<string, string | number>>): string =>
  `metadata:\n    namespace: network\n    type: ${type}\n    id: ${id}\n    version: 1\n    owner: network.Controller\n    phase: running\n    created: 2026-01-05T09:00:01Z\n    updated: 2026-01-05T09:00:01Z\nspec:\n${Object.entries(
    spec,
  )
    .map(([key, value]) => `    ${key}: ${value === '' ? '""' : value}\n`)
    .join('')}`;
const route = (dst: string, via: string, dev: string, scope = 'global', proto = 'static'): string =>
  resource('RouteStatuses.net.talos.dev', `inet4/${via}/${dst}/0`, {
    family: 'inet4',
    dst,
    src: '',
    gateway: via,
    outLinkName: dev,
    table: 'main',
    priority: 0,
    scope,
    type: 'unicast',
    flags: '',
    protocol: proto,
  });
const address = (dev: string, cidr: string): string =>
  resource('AddressStatuses.net.talos.dev', `${dev}/${cidr}`, {
    address: cidr,
    local: cidr.replace(/\/.*/, ''),
    linkIndex: 2,
    linkName: dev,
    family: 'inet4',
    scope: dev === 'lo' ? 'host' : 'global',
    flags: 'permanent',
    priority: 0,
  });
const link = (dev: string, index: number, mac: string, kind: string): string =>
  resource('LinkStatuses.net.talos.dev', dev, {
    index,
    type: dev === 'lo' ? 'loopback' : 'ether',
    linkIndex: 0,
    flags: 'UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP',
    hardwareAddr: mac,
    mtu: kind === '' ? 1500 : 1450,
    operationalState: 'up',
    kind,
    slaveKind: '',
    linkState: 'true',
  });

/** Files of node `n` of flannel's VXLAN, without a route to the pods of `lacks`. */
function node(n: number, lacks?: number): Record<string, string> {
  const peers = [1, 2, 3].filter((p) => p !== n && p !== lacks);
  const list = (type: string, documents: readonly string[]): [string, string] => [
    `10.5.0.${n}/resources/${type}.talos.dev.yaml`,
    documents.join('---\n'),
  ];
  return Object.fromEntries([
    list('routestatuses.net', [
      route('', '10.5.0.254', 'eth0'),
      route('10.5.0.0/24', '', 'eth0', 'link', 'kernel'),
      route(`10.244.${n}.0/24`, '', 'cni0', 'link', 'kernel'),
      ...peers.map((p) => route(`10.244.${p}.0/24`, `10.244.${p}.0`, 'flannel.1')),
    ]),
    list('addressstatuses.net', [
      address('lo', '127.0.0.1/8'),
      address('eth0', `10.5.0.${n}/24`),
      address('flannel.1', `10.244.${n}.0/32`),
      address('cni0', `10.244.${n}.1/24`),
    ]),
    list('linkstatuses.net', [
      link('lo', 1, '00:00:00:00:00:00', ''),
      link('eth0', 2, `02:00:0a:05:00:0${n}`, ''),
      link('flannel.1', 3, `be:c5:4f:eb:da:0${n}`, 'vxlan'),
      link('cni0', 4, `22:cc:25:7e:64:0${n}`, 'bridge'),
    ]),
    list('nodenames.kubernetes', [
      resource('Nodenames.kubernetes.talos.dev', 'nodename', { nodename: `talos-${n}`, hostnameVersion: '"1"' }),
    ]),
  ]);
}
const bundle = (...nodes: readonly Record<string, string>[]): Promise<Report> => analyzed(Object.assign({}, ...nodes));

describe('a Talos support bundle', () => {
  it('without anything wrong is silent, and names the nodes as Kubernetes does', async () => {
    const report = await bundle(node(1), node(2), node(3));
    expect(report.bundle.nodes).toEqual(['talos-1', 'talos-2', 'talos-3']);
    expect(serious(report)).toEqual([]);
    expect(report.notRead).toEqual([]);
  });

  it('tells the route that one node lacks, by the lines with the IDs', async () => {
    const { verdict, findings } = await bundle(node(1), node(2, 3), node(3));
    expect(verdict).toMatchObject({ state: 'diagnosed', cause: 'missing-pod-route' });
    expect(verdict.subjects).toEqual(expect.arrayContaining(['talos-2', '10.244.3.0/24']));
    const quotes = findings[0]!.evidence.flatMap((e) => ('quote' in e ? [e.quote] : []));
    expect(quotes).toContain('    id: inet4/10.5.0.254//0');
  });

  it('of which any one file is missing accuses nobody', async () => {
    const files = Object.assign({}, node(1), node(2), node(3)) as Record<string, string>;
    for (const left of Object.keys(files)) {
      const rest = Object.fromEntries(Object.entries(files).filter(([path]) => path !== left));
      expect([left, serious(await analyzed(rest)).map((f) => f.code)]).toEqual([left, []]);
    }
  });

  it('of next hops without a word of `onlink` accuses none of being off the link', async () => {
    const report = await bundle(node(1), node(2));
    expect(report.findings.map((f) => f.code)).not.toContain('next-hop-off-link');
  });
});
