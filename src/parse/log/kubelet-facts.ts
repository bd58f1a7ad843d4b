import { setting } from '../../core/event/kubernetes.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Meaning } from './message-rule.js';

/** Turns what Kubernetes' own programs say of their set-up into settings. */
export function kubeFacts(sink: Sink, meaning: Meaning, at: Line) {
  const set = (component: string, key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') sink.emit(setting, { component, key, value }, at);
  };
  switch (meaning.code) {
    case 'proxy-mode':
      return set('kube-proxy', 'proxy-mode-in-use', meaning.value?.toLowerCase());
    case 'node-ip':
      return set('kube-proxy', 'node-ip', meaning.address);
    case 'pod-cidr':
      return set('kubelet', 'pod-cidr', meaning.value);
    case 'conntrack-max':
      return set('kube-proxy', 'nf_conntrack_max', meaning.value);
    case 'flag': {
      const m = /^([\w-]+)="(.*)"$/.exec(meaning.value ?? '');
      return set(meaning.component, m?.[1] ?? '', m?.[2]);
    }
    default:
      return;
  }
}
