import { lease } from '../../core/event/cni.js';
import { setting } from '../../core/event/kubernetes.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line } from '../../core/sink.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const PAIR = /^\s*(?:export )?(FLANNEL_(?:NETWORK|SUBNET|IPV6_NETWORK|IPV6_SUBNET|MTU|IPMASQ))=(["']?)([^"']*)\2\s*$/;

/**
 * /run/flannel/subnet.env, which flanneld writes and the flannel CNI plugin reads. Gives `setting` rows with the values as printed
 * (FLANNEL_SUBNET is the first host address, not the network) and the node's own `lease`.
 * Source: flannel-io/flannel pkg/subnet WriteSubnetFile.
 */
export const subnetEnv: Parser = {
  id: 'subnet-env',
  title: '/run/flannel/subnet.env',
  command: /^(?:cat|more|head|tail) (?:\S+ )*\S*subnet\.env\b/,
  path: /(?:^|[/!_-])subnet\.env(?:\.txt)?$/,
  starts: (line) => PAIR.test(asPrinted(line)),
  open: (sink) => ({
    line(at: Line): boolean {
      const text = asPrinted(at.text);
      if (text.trim() === '') return true;
      const m = PAIR.exec(text);
      if (m === null) return /^(?:cat: \S*subnet\.env: |\s*#)/.test(text);
      const [, key, , value] = m as unknown as [string, string, string, string];
      sink.emit(setting, { component: 'flannel', object: 'subnet.env', key, value }, at);
      // 0.21 wrote lists.
      if (key.endsWith('_SUBNET'))
        for (const one of value.split(',')) {
          const subnet = one.includes('/') ? canonicalPrefix(one.trim()) : undefined;
          if (subnet !== undefined) sink.emit(lease, { subnet, action: 'own' }, at);
        }
      return true;
    },
  }),
};
