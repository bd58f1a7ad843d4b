import type { Parser } from '../parser.js';
import { ComponentLog } from './component-log.js';
import { readLogLine } from './log-line.js';

const UNITS =
  /kubelet|k3s|rke2|containerd|cri-?o|docker|kube-proxy|kube-controller-manager|kube-apiserver|kube-scheduler/;

/**
 * Logs of kubelet, container runtimes, kube-proxy, the control plane, CoreDNS and Cilium; any klog, logrus or slog line starts one, so
 * it stands after flannel-log and calico-log. Codes: kubelet-message.ts and network-error.ts. A line that says nothing of the
 * network gives nothing.
 */
export const kubeletLog: Parser = {
  id: 'kubelet-log',
  longest: Number.POSITIVE_INFINITY,
  title: 'Logs of kubelet, containerd, CRI-O, kube-proxy, kube-controller-manager, CoreDNS, Cilium; CNI plugin errors',
  command: new RegExp(
    `^(?:(?:k3s )?kubectl|oc|k|crictl|docker|nerdctl|podman) (?:.* )?logs? .*(?:kube-proxy|coredns|kube-dns|kube-controller-manager|kube-apiserver|kube-scheduler|cilium|multus|metrics-server)|^journalctl .*(?:-[a-z]*u[ =]?|--unit[ =])\\S*(?:${UNITS.source})|^systemctl status (?:${UNITS.source})`,
  ),
  path: new RegExp(
    `(?:^|[/!_-])(?:${UNITS.source}|coredns|cilium|metrics-server)[^/]*\\.log$|(?:^|/)journald?/(?:${UNITS.source})[^/]*$`,
  ),
  starts(line) {
    const read = readLogLine(line);
    if (read === undefined) return false;
    if (read.form === 'carried')
      return UNITS.test(read.program ?? '') || /^(?:flanneld|kube-flannel)$/.test(read.program ?? '');
    return read.form !== 'calico' && read.form !== 'bird';
  },
  open: (sink, section) => new ComponentLog(sink, section, 'kubernetes'),
};
