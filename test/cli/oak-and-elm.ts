import { nodesYaml } from '../diagnosis/case-of.js';

/** Two nodes with a pod subnet each, for bundles about services. */
export const OAK_AND_ELM = nodesYaml(
  { name: 'oak', ip: '172.28.90.11', podCidr: '10.55.4.0/24' },
  { name: 'elm', ip: '172.28.90.21', podCidr: '10.55.5.0/24' },
);
