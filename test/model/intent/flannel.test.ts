import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../../src/core/prefix.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { cniOf, intendedWays } from '../../../src/model/intent/index.js';
import { ipAddr, nodesYaml } from '../../diagnosis/case-of.js';
import { clusterOf } from '../../host-folder.js';

const MAC = { n1: '8a:33:32:f8:48:e1', n2: '8a:33:32:f8:48:e2' };
const node = (name: 'n1' | 'n2', ip: string, podCidr: string, type = 'vxlan') => ({
  name,
  ip,
  podCidr,
  annotations: {
    'flannel.alpha.coreos.com/public-ip': ip,
    'flannel.alpha.coreos.com/backend-type': type,
    ...(type === 'vxlan' ? { 'flannel.alpha.coreos.com/backend-data': `{"VNI":1,"VtepMAC":"${MAC[name]}"}` } : {}),
  },
});
const nodes = (type?: string, second = '172.31.9.2') =>
  nodesYaml(node('n1', '172.31.9.1', '10.44.1.0/24', type), node('n2', second, '10.44.2.0/24', type));

const configMap = (backend: string, name = 'kube-flannel-cfg', more = '') => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: kube-flannel
data:
${more}  net-conf.json: |
    {
      "Network": "10.44.0.0/16",
      "Backend": ${backend}
    }
`;
const ADDRESSES = ipAddr(['eth0', '172.31.9.1/24'], ['cni0', '10.44.1.1/24']);

async function told(files: Readonly<Record<string, string>>): Promise<Cluster> {
  return clusterOf({ 'n1/ip_addr.txt': ADDRESSES, ...files });
}

const way = (cluster: Cluster) => {
  const [one, ...others] = intendedWays(cluster, 'n1', 'n2');
  expect(others).toEqual([]);
  const { route, neighbour, fdb } = one!;
  return {
    backend: one!.backend,
    subnet: formatPrefix(one!.subnet.value),
    route:
      route === undefined ? undefined : [route.via, route.dev, route.onlink ? 'onlink' : ''].filter(Boolean).join(' '),
    neighbour: neighbour === undefined ? undefined : `${neighbour.address} ${neighbour.mac} ${neighbour.dev}`,
    fdb: fdb === undefined ? undefined : `${fdb.mac} ${fdb.dst} ${fdb.dev}`,
  };
};

describe('flannel vxlan', () => {
  const tunnelled = {
    backend: 'flannel vxlan',
    subnet: '10.44.2.0/24',
    route: '10.44.2.0 flannel.1 onlink',
    neighbour: `10.44.2.0 ${MAC.n2} flannel.1`,
    fdb: `${MAC.n2} 172.31.9.2 flannel.1`,
  };

  it('routes by the first address of the subnet, whose MAC is at the public IP', async () => {
    const cluster = await told({ 'nodes.yaml': nodes(), 'cm.yaml': configMap('{ "Type": "vxlan" }') });
    expect(cniOf(cluster)?.name).toBe('flannel');
    expect(way(cluster)).toEqual(tunnelled);
    expect(cniOf(cluster)?.device(cluster, 'n1')).toMatchObject({
      name: 'flannel.1',
      kind: 'vxlan',
      vni: { value: 1 },
      port: { value: 8472 },
    });
  });

  it('with DirectRouting routes plainly on one link, and by the tunnel beyond it', async () => {
    const direct = configMap('{ "Type": "vxlan", "DirectRouting": true }');
    expect(way(await told({ 'nodes.yaml': nodes(), 'cm.yaml': direct }))).toEqual({
      backend: 'flannel vxlan',
      subnet: '10.44.2.0/24',
      route: '172.31.9.2 eth0',
    });
    expect(way(await told({ 'nodes.yaml': nodes('vxlan', '172.31.10.2'), 'cm.yaml': direct }))).toMatchObject({
      route: '10.44.2.0 flannel.1 onlink',
    });
  });

  it('does not know the way to a node on the link when nothing tells of DirectRouting', async () => {
    expect(way(await told({ 'nodes.yaml': nodes() })).route).toBeUndefined();
    expect(way(await told({ 'nodes.yaml': nodes('vxlan', '172.31.10.2') })).route).toBe('10.44.2.0 flannel.1 onlink');
  });

  it('does not know the port that a log does not tell', async () => {
    const cluster = await told({
      'nodes.yaml': nodes(),
      'n1/flannel.log':
        'I0906 14:38:29.864069       1 vxlan.go:141] VXLAN config: VNI=1 Port=0 GBP=false DirectRouting=false\n',
    });
    expect(way(cluster)).toEqual(tunnelled);
    const silent = await told({ 'nodes.yaml': nodes() });
    expect(cniOf(silent)?.device(silent, 'n1')?.port).toBeUndefined();
  });

  it('knows neither way nor device of a node that announces nothing', async () => {
    const quiet = nodesYaml(
      { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
      node('n2', '172.31.9.2', '10.44.2.0/24'),
    );
    const cluster = await told({ 'nodes.yaml': quiet, 'cm.yaml': configMap('{ "Type": "vxlan" }') });
    expect(intendedWays(cluster, 'n1', 'n2')).toEqual([]);
    expect(cniOf(cluster)?.device(cluster, 'n1')).toBeUndefined();
  });
});

describe('flannel host-gw', () => {
  it('routes by the public IP on the link, with no entries', async () => {
    const cluster = await told({ 'nodes.yaml': nodes('host-gw'), 'cm.yaml': configMap('{ "Type": "host-gw" }') });
    expect(way(cluster)).toEqual({ backend: 'flannel host-gw', subnet: '10.44.2.0/24', route: '172.31.9.2 eth0' });
    expect(cniOf(cluster)?.device(cluster, 'n1')).toBeUndefined();
  });

  it('does not know a route to a peer behind a router', async () => {
    const cluster = await told({ 'nodes.yaml': nodes('host-gw', '172.31.10.2') });
    expect(way(cluster).route).toBeUndefined();
  });
});

describe('flannel udp', () => {
  it('routes the whole network into flannel0', async () => {
    const cluster = await told({ 'nodes.yaml': nodes('udp'), 'cm.yaml': configMap('{ "Type": "udp" }') });
    expect(way(cluster)).toEqual({ backend: 'flannel udp', subnet: '10.44.2.0/24', route: 'flannel0' });
    expect(cniOf(cluster)?.device(cluster, 'n1')).toMatchObject({ name: 'flannel0', port: { value: 8285 } });
  });
});

describe('flannel ipip', () => {
  it('routes by the public IP into flannel.ipip', async () => {
    const cluster = await told({ 'nodes.yaml': nodes('ipip'), 'cm.yaml': configMap('{ "Type": "ipip" }') });
    expect(way(cluster).route).toBe('172.31.9.2 flannel.ipip onlink');
  });
});

it('ignores a node of another backend, as flanneld does', async () => {
  const mixed = nodesYaml(
    node('n1', '172.31.9.1', '10.44.1.0/24'),
    node('n2', '172.31.9.2', '10.44.2.0/24', 'host-gw'),
  );
  expect(intendedWays(await told({ 'nodes.yaml': mixed }), 'n1', 'n2')).toEqual([]);
});

describe('masquerade', () => {
  const masquerade = async (files: Readonly<Record<string, string>>) => {
    const cluster = await told({ 'nodes.yaml': nodes(), ...files });
    return cniOf(cluster)?.masquerade(cluster, 'n1', '10.44.1.7');
  };

  it('is wanted with ip-masq, for the network', async () => {
    const env = { 'n1/run/flannel/subnet.env': 'FLANNEL_NETWORK=10.44.0.0/16\nFLANNEL_IPMASQ=true\n' };
    expect(await masquerade(env)).toMatchObject({ wanted: true, networks: [{ value: '10.44.0.0/16' }] });
  });

  it('without ip-masq is left to the bridge plugin: nobody knows; in Canal it is off', async () => {
    expect(await masquerade({ 'n1/run/flannel/subnet.env': 'FLANNEL_IPMASQ=false\n' })).toBeUndefined();
    const canal = configMap('{ "Type": "vxlan" }', 'canal-config', '  masquerade: "false"\n');
    expect(await masquerade({ 'cm.yaml': canal })).toMatchObject({ wanted: false });
  });
});
