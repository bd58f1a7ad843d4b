import { flannelDevice, flannelWays } from './flannel.js';
import { flannelConfig } from './flannel-config.js';
import type { Cni } from './intent.js';

/**
 * Canal: flannel lays the ways between nodes and translates, Calico's agent makes the pods' cables and keeps their policies.
 * Pods get addresses of the node's podCIDR (host-local), and there are no pools. `masquerade` of the config map is flanneld's
 * `--ip-masq`; no bridge plugin stands in for it.
 */
export const canal: Cni = {
  name: 'Canal',
  ways: flannelWays,
  device: flannelDevice,
  masquerade(cluster, node) {
    const { masquerade, networks } = flannelConfig(cluster, node);
    return masquerade === undefined
      ? undefined
      : { wanted: masquerade.value, option: 'masquerade of canal-config', networks, at: masquerade.at };
  },
};
