import type { Parser } from '../parser.js';
import { ComponentLog } from './component-log.js';
import { readLogLine } from './log-line.js';

/**
 * Logs of calico-node (startup, Felix, confd, BIRD), Typha, the kube-controllers and the CNI plugin, Canal included. Codes:
 * calico-message.ts. Also gives `setting` rows of component calico and, per BGP peer, the last state that BIRD reported.
 */
export const calicoLog: Parser = {
  id: 'calico-log',
  longest: Number.POSITIVE_INFINITY,
  title: 'Logs of calico-node, Felix, confd, BIRD, Typha, calico-kube-controllers, Canal',
  command:
    /^(?:(?:k3s )?kubectl|oc|k|crictl|docker|nerdctl|podman) (?:.* )?logs? .*(?:calico|canal|typha)|^journalctl .*calico/,
  path: /(?:calico|canal|typha|felix|bird|confd)[^/]*(?:\/current|\.log)$/,
  starts(line) {
    const read = readLogLine(line);
    if (read === undefined) return false;
    if (read.form === 'calico') return true;
    return (
      read.form === 'bird' &&
      /^(?:[A-Za-z]\w*(?: [<>]|: )|BGP: |KRT: |Netlink: |Reconfigur|Graceful restart|Shutdown|(?:Adding|Removing) protocol|Started)/.test(
        read.message,
      )
    );
  },
  open: (sink, section) => new ComponentLog(sink, section, 'calico'),
};
