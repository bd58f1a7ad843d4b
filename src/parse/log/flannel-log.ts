import type { Parser } from '../parser.js';
import { ComponentLog, flattened } from './component-log.js';
import { FLANNEL_ROUTINE, flannelVocabulary } from './flannel-message.js';
import { readLogLine } from './log-line.js';

/**
 * Logs of flanneld of every age, as a pod, a service or inside k3s and rke2. Codes: flannel-message.ts. Also gives `lease` rows
 * (added, removed, own), `setting` rows of component flannel (interface, interface-address, public-ip, Network, Backend.Type,
 * Backend.VNI, Backend.Port, Backend.DirectRouting, node-name, PodCIDR, command-line options) and `node_annotation` rows.
 */
export const flannelLog: Parser = {
  id: 'flannel-log',
  longest: Number.POSITIVE_INFINITY,
  title: 'flanneld log (kubectl logs, journal, k3s and rke2)',
  command: /^(?:(?:k3s )?kubectl|oc|k|crictl|docker|nerdctl|podman) (?:.* )?logs? .*flannel|^journalctl .*flannel/,
  path: /(?:^|[/!_-])(?:kube-)?flannel(?:d|[\w.-]*)?\.log$|(?:kube-flannel|flanneld)[^/]*\/(?:[^/]*\/)?[^/]*\.log$/,
  starts(line) {
    const read = readLogLine(line);
    if (read === undefined || read.form === 'calico' || read.form === 'bird') return false;
    const text = flattened(read.message);
    if (read.form === 'klog' && FLANNEL_ROUTINE.test(text)) return true;
    // "Failed to list" and the like are said by others too: only what names a thing of flannel's counts.
    return (read.form === 'klog' || read.form === 'logfmt') && flannelVocabulary.meaning(text) !== undefined;
  },
  open: (sink, section) => new ComponentLog(sink, section, 'flannel'),
};
