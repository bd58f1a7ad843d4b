import { describe, expect, it } from 'vitest';
import { wrongOverlayInterface } from '../../src/diagnosis/causes/wrong-overlay-interface.js';
import { at, heard, ipAddr, nodesYaml, outcome } from './case-of.js';

const PUBLIC_IP = 'flannel.alpha.coreos.com/public-ip';
const nodes = (announced: (i: number) => string) =>
  nodesYaml(
    ...[1, 2].map((i) => ({
      name: `n${i}`,
      ip: `192.168.56.1${i}`,
      podCidr: `10.44.${i}.0/24`,
      annotations: { [PUBLIC_IP]: announced(i) },
    })),
  );
const dump = (i: number, first: string, second = 'eth1') =>
  at(`n${i}`, 'ip addr', ipAddr(['eth0', first], [second, `192.168.56.1${i}/24`]));

describe('wrong-overlay-interface', () => {
  it('accuses the hypervisor\u2019s NAT card that every machine has', async () => {
    const files = {
      'nodes.yaml': nodes(() => '10.0.2.15'),
      'a.txt': dump(1, '10.0.2.15/24'),
      'b.txt': dump(2, '10.0.2.15/24'),
    };
    const told = await heard(files, wrongOverlayInterface);
    expect(told.drafts).toHaveLength(1);
    expect(told.drafts[0]).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(told.drafts[0]?.subjects.slice(0, 6)).toEqual(['10.0.2.15', 'eth0', 'n1', 'n2', '192.168.56.11', 'eth1']);
    expect(told.drafts[0]?.remedy[0]?.command).toContain("FLANNELD_IFACE='eth1'");
  });

  it('believes the log where interfaces are not in the bundle', async () => {
    const log = (node: string) =>
      `I1109 14:14:01.0 1 kube.go:139] Creating the node lease for IPv4\nI1109 14:14:01.100000       1 main.go:235] Created subnet manager: Kubernetes Subnet Manager - ${node}\nI1109 14:14:01.100000       1 match.go:259] Using interface with name eth0 and address 10.0.2.15\n`;
    const files = { 'nodes.yaml': nodes(() => '10.0.2.15'), 'flannel-1.log': log('n1'), 'flannel-2.log': log('n2') };
    expect((await heard(files, wrongOverlayInterface)).drafts[0]?.subjects).toContain('eth0');
  });

  it('leaves a network alone that is there for the overlay', async () => {
    const files = {
      'nodes.yaml': nodes((i) => `10.99.0.${i}`),
      'a.txt': dump(1, '10.99.0.1/24'),
      'b.txt': dump(2, '10.99.0.2/24'),
    };
    expect(outcome(await heard(files, wrongOverlayInterface))).toBe('quiet');
  });

  it('accuses a choice that no peer can be on', async () => {
    const files = {
      'nodes.yaml': nodes((i) => (i === 1 ? '172.20.5.1' : '192.168.56.12')),
      'a.txt': dump(1, '172.20.5.1/24'),
      'b.txt': dump(2, '10.0.9.9/24'),
    };
    expect((await heard(files, wrongOverlayInterface)).drafts[0]?.subjects).toEqual([
      '172.20.5.1',
      'eth0',
      'n1',
      '192.168.56.11',
      'eth1',
    ]);
  });
});
