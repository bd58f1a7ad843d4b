import { describe, expect, it } from 'vitest';
import { overlayParameterMismatch } from '../../src/diagnosis/causes/overlay-parameter-mismatch.js';
import { at, explained, heard, heardSample, nodesYaml, outcome } from './case-of.js';

const vxlan = (host: string, vni: number, port: number) =>
  at(
    host,
    'ip -d link',
    `4: flannel.${vni}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default\n    link/ether 5e:1b:0c:7e:43:0${host.at(-1)} brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535\n    vxlan id ${vni} local 172.31.9.1 dev eth0 srcport 0 0 dstport ${port} nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64`,
  );
const told = (...dumps: readonly string[]) =>
  heard(Object.fromEntries(dumps.map((dump, i) => [`${i}.txt`, dump])), overlayParameterMismatch);

describe('overlay-parameter-mismatch', () => {
  it('accuses the node whose VXLAN port differs from that of the others', async () => {
    const { drafts } = await told(vxlan('n1', 1, 8472), vxlan('n2', 1, 8472), vxlan('n3', 1, 4789));
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(drafts[0]?.subjects).toEqual(['n3', '4789', 'n1', 'n2', '8472']);
  });

  it('accuses a VNI, and leaves an old device alone that stayed beside the new one', async () => {
    expect((await told(vxlan('n1', 1, 8472), vxlan('n2', 4096, 8472))).drafts[0]?.title).toContain('VNI');
    const both = vxlan('n2', 1, 8472) + vxlan('n2', 4096, 8472);
    expect(outcome(await told(vxlan('n1', 4096, 8472), vxlan('n3', 4096, 8472), both))).toBe('quiet');
  });

  it('of two nodes that differ accuses the one that is not as the configuration says', async () => {
    const configMap = (port: number) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kube-flannel-cfg\n  namespace: kube-flannel\ndata:\n  net-conf.json: |\n    { "Network": "10.44.0.0/16", "Backend": { "Type": "vxlan", "Port": ${port} } }\n`;
    const odd = async (port: number) => {
      const dumps = { 'n1.txt': vxlan('n1', 1, 8472), 'n2.txt': vxlan('n2', 1, 4789) };
      return (await heard({ ...dumps, 'cm.yaml': configMap(port) }, overlayParameterMismatch)).drafts[0]!;
    };
    expect((await odd(4789)).subjects).toEqual(['n1', '8472', 'n2', '4789']);
    expect((await odd(8472)).subjects).toEqual(['n2', '4789', 'n1', '8472']);
    expect((await odd(8472)).evidence.at(-1)).toMatchObject({ role: 'the configuration says 8472' });
    // Agents that were all not restarted differ among themselves.
    expect((await odd(6000)).subjects).toContain('4789');
  });

  it('accuses a node of another backend', async () => {
    const annotations = (type: string) => ({ 'flannel.alpha.coreos.com/backend-type': type });
    const nodes = nodesYaml(
      { name: 'n1', annotations: annotations('vxlan') },
      { name: 'n2', annotations: annotations('vxlan') },
      { name: 'n3', annotations: annotations('host-gw') },
    );
    expect((await heard({ 'nodes.yaml': nodes }, overlayParameterMismatch)).drafts[0]?.subjects).toContain('n3');
  });

  it.each(['010', '012'])('is quiet in sample %s, where a log says port 0', async (sample) => {
    expect(outcome(await heardSample(sample, overlayParameterMismatch))).toBe('quiet');
  });

  it('explains the port unreachable that the other port answers with', async () => {
    const codes = explained(await heardSample('110-overlay-parameter-mismatch-a', overlayParameterMismatch));
    expect(codes.filter((code) => code === 'icmp-error')).toHaveLength(2);
  });
});
