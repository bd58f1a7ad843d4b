import { describe, expect, it } from 'vitest';
import { duplicateVtepMac } from '../../src/diagnosis/causes/duplicate-vtep-mac.js';
import { at, heard, ipAddr, nodesYaml, outcome } from './case-of.js';

const DATA = 'flannel.alpha.coreos.com/backend-data';
const data = (mac: string) => ({ [DATA]: `{"VNI":1,"VtepMAC":"${mac}"}` });
const link = (host: string, dev: string, mac: string) =>
  at(
    host,
    'ip link',
    `4: ${dev}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff`,
  );

describe('duplicate-vtep-mac', () => {
  it('is likely by two annotations, proven by two devices', async () => {
    const mac = '5e:1b:0c:7e:43:a9';
    const nodes = nodesYaml({ name: 'n1', annotations: data(mac) }, { name: 'n2', annotations: data(mac) });
    expect((await heard({ 'nodes.yaml': nodes }, duplicateVtepMac)).drafts[0]).toMatchObject({
      confidence: 'likely',
      severity: 'warning',
    });
    const files = { 'a.txt': link('n1', 'flannel.1', mac), 'b.txt': link('n2', 'flannel.1', mac) };
    const told = await heard(files, duplicateVtepMac);
    expect(told.drafts[0]?.confidence).toBe('proven');
    expect(told.drafts[0]?.subjects).toEqual([mac, 'n1', 'n2', 'flannel.1']);
  });

  it('reads Calico\u2019s annotation, and compares it with the device of another node', async () => {
    const mac = '5e:1b:0c:7e:43:a9';
    const nodes = nodesYaml(
      { name: 'n1' },
      { name: 'n2', annotations: { 'projectcalico.org/VXLANTunnelMACAddr': mac } },
    );
    const told = await heard({ 'nodes.yaml': nodes, 'n1.txt': link('n1', 'vxlan.calico', mac) }, duplicateVtepMac);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', subjects: [mac, 'n1', 'n2', 'vxlan.calico'] });
  });

  it('takes one machine under two names for one, unless a card of its own tells them apart', async () => {
    const mac = '5e:1b:0c:7e:43:a9';
    const card = (host: string, dev: string, address: string) => link(host, dev, address).replace('4: ', '2: ');
    const files = (second: string) => ({
      'a.txt':
        link('n1', 'flannel.1', mac) +
        card('n1', 'eth0', '08:00:27:8d:c0:4d') +
        card('n1', 'eth1', '08:00:27:11:22:33'),
      'b.txt': link('n2', 'flannel.1', mac) + card('n2', 'eth0', '08:00:27:8d:c0:4d') + card('n2', 'eth1', second),
    });
    expect(outcome(await heard(files('08:00:27:11:22:33'), duplicateVtepMac))).toBe('quiet');
    expect((await heard(files('08:00:27:44:55:66'), duplicateVtepMac)).drafts[0]?.confidence).toBe('proven');
  });

  it('takes a host that nobody lists for the listed node of which nothing else is shown', async () => {
    const mac = '5e:1b:0c:7e:43:a9';
    const nodes = nodesYaml({ name: 'n1', annotations: data(mac) });
    const files = { 'nodes.yaml': nodes, 'a.txt': link('ip-10-0-0-7', 'flannel.1', mac) };
    expect(outcome(await heard(files, duplicateVtepMac))).toBe('quiet');
    // Its addresses are shown, and none is the node's.
    const other = `${link('ip-10-0-0-7', 'flannel.1', mac)}${at('ip-10-0-0-7', 'ip addr', ipAddr(['eth0', '10.0.0.7/24']))}`;
    expect(outcome(await heard({ ...files, 'a.txt': other }, duplicateVtepMac))).toBe('found');
  });

  it('leaves the object of a node that is gone alone, and overlays with one MAC on purpose', async () => {
    const mac = '5e:1b:0c:7e:43:a9';
    const nodes = nodesYaml(
      { name: 'old', annotations: data(mac), ready: false },
      { name: 'new', annotations: data(mac) },
    );
    expect(outcome(await heard({ 'nodes.yaml': nodes }, duplicateVtepMac))).toBe('quiet');
    const antrea = {
      'a.txt': link('n1', 'antrea-tun0', 'aa:bb:cc:dd:ee:ff'),
      'b.txt': link('n2', 'antrea-tun0', 'aa:bb:cc:dd:ee:ff'),
    };
    expect(outcome(await heard(antrea, duplicateVtepMac))).toBe('quiet');
  });
});
