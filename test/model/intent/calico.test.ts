import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../../src/core/prefix.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { cniOf, intendedWays } from '../../../src/model/intent/index.js';
import { ipAddr, nodesYaml } from '../../diagnosis/case-of.js';
import { clusterOf } from '../../host-folder.js';

const MAC = '66:9a:15:f1:c6:b2';
const nodes = (second = '10.39.0.12') =>
  nodesYaml(
    { name: 'n1', ip: '10.39.0.11', annotations: { 'projectcalico.org/IPv4Address': '10.39.0.11/24' } },
    {
      name: 'n2',
      ip: second,
      annotations: {
        'projectcalico.org/IPv4Address': `${second}/24`,
        'projectcalico.org/IPv4VXLANTunnelAddr': '10.210.66.64',
        'projectcalico.org/VXLANTunnelMACAddr': MAC,
      },
    },
  );
const pool = (ipip: string, vxlan: string, nat = true) => `apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata:
  name: default-ipv4-ippool
spec:
  cidr: 10.210.0.0/16
  ipipMode: ${ipip}
  vxlanMode: ${vxlan}
  natOutgoing: ${nat}
`;
const affinity = (node: string) => `apiVersion: crd.projectcalico.org/v1
kind: BlockAffinity
metadata:
  name: ${node}-10-210-66-64-26
spec:
  cidr: 10.210.66.64/26
  deleted: "false"
  node: ${node}
  state: confirmed
`;

const told = (files: Readonly<Record<string, string>>): Promise<Cluster> =>
  clusterOf({
    'nodes.yaml': nodes(),
    'blocks.yaml': affinity('n2'),
    'n1/ip_addr.txt': ipAddr(['eth0', '10.39.0.11/24']),
    ...files,
  });

const ways = (cluster: Cluster): readonly string[] =>
  intendedWays(cluster, 'n1', 'n2').map(({ backend, subnet, route, neighbour, fdb }) =>
    [
      `${backend} ${formatPrefix(subnet.value)}`,
      route === undefined
        ? 'no route known'
        : `via ${route.via} dev ${route.dev} proto ${route.proto}${route.onlink ? ' onlink' : ''}`,
      ...(neighbour === undefined ? [] : [`${neighbour.address} lladdr ${neighbour.mac}`]),
      ...(fdb === undefined ? [] : [`${fdb.mac} dst ${fdb.dst}`]),
    ].join(', '),
  );

describe('Calico', () => {
  it('with IP in IP routes blocks by the node\u2019s address into tunl0', async () => {
    const cluster = await told({ 'pool.yaml': pool('Always', 'Never') });
    expect(cniOf(cluster)?.name).toBe('Calico');
    expect(ways(cluster)).toEqual(['Calico IPIP 10.210.66.64/26, via 10.39.0.12 dev tunl0 proto bird onlink']);
    expect(cniOf(cluster)?.device(cluster, 'n1')?.name).toBe('tunl0');
  });

  it('with VXLAN routes blocks by the tunnel address, whose MAC is at the node\u2019s address', async () => {
    expect(ways(await told({ 'pool.yaml': pool('Never', 'Always') }))).toEqual([
      `Calico VXLAN 10.210.66.64/26, via 10.210.66.64 dev vxlan.calico proto 80 onlink, 10.210.66.64 lladdr ${MAC}, ${MAC} dst 10.39.0.12`,
    ]);
  });

  it('without tunnels routes blocks by the node\u2019s address on the link, and knows no way beyond it', async () => {
    const plain = { 'pool.yaml': pool('Never', 'Never') };
    expect(ways(await told(plain))).toEqual(['Calico BGP 10.210.66.64/26, via 10.39.0.12 dev eth0 proto bird']);
    expect(ways(await told({ ...plain, 'nodes.yaml': nodes('10.39.1.12') }))).toEqual([
      'Calico BGP 10.210.66.64/26, no route known',
    ]);
  });

  it('with CrossSubnet uses the tunnel between networks only', async () => {
    const cross = { 'pool.yaml': pool('CrossSubnet', 'Never') };
    expect((await told(cross).then(ways))[0]).toMatch(/^Calico BGP/);
    expect((await told({ ...cross, 'nodes.yaml': nodes('10.39.1.12') }).then(ways))[0]).toMatch(/^Calico IPIP/);
  });

  it('knows no way to a block whose pool is not shown', async () => {
    expect(ways(await told({}))).toEqual([]);
  });

  it('takes a node\u2019s blackhole route for its block, unless two nodes have it', async () => {
    const files = {
      'pool.yaml': pool('Always', 'Never'),
      'blocks.yaml': '',
      'n2/ip_route.txt': 'default via 10.39.0.1 dev eth0\nblackhole 10.210.66.64/26 proto bird\n',
    };
    expect(ways(await told(files))).toHaveLength(1);
    const both = {
      ...files,
      'n1/ip_route.txt': 'default via 10.39.0.1 dev eth0\nblackhole 10.210.66.64/26 proto bird\n',
    };
    expect(ways(await told(both))).toEqual([]);
  });

  it('masquerades as the pod\u2019s pool says', async () => {
    const masquerade = async (nat: boolean) => {
      const cluster = await told({ 'pool.yaml': pool('Always', 'Never', nat) });
      return cniOf(cluster)?.masquerade(cluster, 'n2', '10.210.66.70');
    };
    expect(await masquerade(true)).toMatchObject({ wanted: true, networks: [{ value: '10.210.0.0/16' }] });
    expect(await masquerade(false)).toMatchObject({ wanted: false });
  });
});

it('is not known where flannel and Calico both run', async () => {
  const cluster = await told({
    'pool.yaml': pool('Always', 'Never'),
    'n1/ip_route.txt':
      '10.210.66.64/26 via 10.39.0.12 dev tunl0 proto bird onlink\n10.44.2.0/24 via 10.44.2.0 dev flannel.1 onlink\n',
  });
  expect(cniOf(cluster)).toBeUndefined();
});
