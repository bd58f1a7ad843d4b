import { describe, expect, it } from 'vitest';
import { podCidrNotAssigned } from '../../src/diagnosis/causes/pod-cidr-not-assigned.js';
import { heard, nodesYaml, outcome, podsTable } from './case-of.js';

const HAS = { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.0.0/24' };
const LACKS = { name: 'n2', ip: '172.31.9.2' };
const LOG =
  'E1109 14:14:01.100000       1 main.go:332] Error registering network: failed to acquire lease: node "n2" pod cidr not assigned\n';

describe('pod-cidr-not-assigned', () => {
  it('is proven by the node object and the complaint, and gives a free subnet', async () => {
    const told = await heard(
      {
        'nodes.yaml': nodesYaml(HAS, LACKS),
        'kube-flannel-ds-abcde.log': LOG,
        'args.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-controller-manager-n1\nspec:\n  containers:\n  - command:\n    - kube-controller-manager\n    - --cluster-cidr=10.44.0.0/16\n',
      },
      podCidrNotAssigned,
    );
    expect(told.drafts[0]).toMatchObject({ confidence: 'proven', severity: 'critical' });
    expect(told.drafts[0]?.subjects).toEqual(['n2', '10.44.0.0/16']);
    expect(told.drafts[0]?.remedy[0]?.command).toContain('10.44.1.0/24');
  });

  it('is likely by one of the two', async () => {
    expect((await heard({ 'nodes.yaml': nodesYaml(HAS, LACKS) }, podCidrNotAssigned)).drafts[0]?.confidence).toBe(
      'likely',
    );
    expect((await heard({ 'flannel.log': LOG }, podCidrNotAssigned)).drafts[0]?.confidence).toBe('likely');
  });

  it('is likely by what kube-router says of its node', async () => {
    const log =
      'E0311 09:14:02.301884       1 network_routes_controller.go:1254] Failed to get pod CIDR from node spec. kube-router relies on kube-controller-manager to allocate pod CIDR for the node or an annotation `kube-router.io/pod-cidr`. Error: node.Spec.PodCIDR not set for node: n2\n';
    const { drafts } = await heard({ 'kube-router-5kz2m.log': log }, podCidrNotAssigned);
    expect(drafts).toMatchObject([{ confidence: 'likely', subjects: ['n2'] }]);
    const has = nodesYaml(HAS, { ...LACKS, podCidr: '10.44.1.0/24' });
    const told = await heard({ 'nodes.yaml': has, 'kube-router-5kz2m.log': log }, podCidrNotAssigned);
    expect(outcome(told)).toBe('ruled-out');
  });

  it('is ruled out when the node has it by now', async () => {
    const files = { 'nodes.yaml': nodesYaml(HAS, { ...LACKS, podCidr: '10.44.1.0/24' }), 'flannel.log': LOG };
    expect(outcome(await heard(files, podCidrNotAssigned))).toBe('ruled-out');
  });

  it('leaves clusters alone whose CNI gives addresses by itself', async () => {
    const files = {
      'nodes.yaml': nodesYaml({ name: 'n1', ip: '172.31.9.1' }, LACKS),
      'pods.txt': podsTable(['kube-system/calico-node-x2x4k', 'Running', '172.31.9.1', 'n1']),
    };
    expect(outcome(await heard(files, podCidrNotAssigned))).toBe('quiet');
  });
});
