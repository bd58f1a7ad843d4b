import { expect, it } from 'vitest';
import { podNetwork } from '../../src/diagnosis/pod-network.js';
import { clusterOf } from '../host-folder.js';
import { nodesYaml } from './case-of.js';

const NODES = nodesYaml(
  { name: 'n1', ip: '172.31.9.1', podCidr: '10.44.1.0/24' },
  { name: 'n2', ip: '172.31.9.2', podCidr: '10.44.2.0/24' },
);
const subnetEnv = (network: string) => `FLANNEL_NETWORK=${network}\nFLANNEL_SUBNET=10.44.1.1/24\nFLANNEL_MTU=1450\n`;
const told = async (files: Readonly<Record<string, string>>) => podNetwork(await clusterOf(files));

it('is the network that all nodes\u2019 subnets lie in, as the CNI is told', async () => {
  expect(await told({ 'nodes.yaml': NODES, 'n1/run/flannel/subnet.env': subnetEnv('10.44.0.0/16') })).toBe(
    '10.44.0.0/16',
  );
});

it('is not one that leaves a node\u2019s subnet out, and not a node\u2019s own', async () => {
  expect(await told({ 'nodes.yaml': NODES, 'n1/run/flannel/subnet.env': subnetEnv('10.44.1.0/24') })).toBe(undefined);
  const one = nodesYaml({ name: 'n1', podCidr: '10.44.1.0/24' }, { name: 'n2' });
  expect(await told({ 'nodes.yaml': one, 'n1/run/flannel/subnet.env': subnetEnv('10.44.1.0/24') })).toBe(undefined);
});

it('is not known where nothing but the nodes\u2019 subnets is', async () => {
  expect(await told({ 'nodes.yaml': NODES })).toBe(undefined);
});
