import { int, maybe, real, table, text, texts } from '../table.js';

/** Network policies, and the labels by which they select. */

export const objectLabels = table('object_labels', 'Labels of a pod or a namespace.', {
  kind: text('Pod or Namespace.'),
  namespace: maybe(text('Namespace of a pod.')),
  name: text('Name.'),
  labels: texts('key=value each; empty when the whole object was seen and has none.'),
});

export const networkPolicy = table('network_policy', 'A network policy, and whom it selects.', {
  maker: text('kubernetes, calico or cilium: whose kind and whose meaning.'),
  namespace: maybe(text('Namespace; absent for policies of the whole cluster.')),
  name: text('Policy name.'),
  selector: text('Pods that it is for: as kubectl -l takes it (kubernetes), or in Calico\u2019s words; empty for all.'),
  namespace_selector: maybe(text('Namespaces that a Calico policy of the whole cluster is for.')),
  types: texts('Ingress, Egress: the directions that it is about.'),
  precedence: maybe(real('spec.order of a Calico policy: lower ones are asked first.')),
  unread: maybe(texts('Fields that podtrail does not interpret: what the policy means cannot be told.')),
});

export const policyRule = table('policy_rule', 'One rule of a network policy.', {
  maker: text('As in network_policy.'),
  namespace: maybe(text('Namespace of the policy.')),
  policy: text('Policy name.'),
  direction: text('Ingress or Egress.'),
  rule: int('Number of the rule in its direction, from 0.'),
  action: text('Allow, Deny, Pass or Log; Allow for Kubernetes.'),
  peers: int('Rows of policy_peer; 0 means everybody.'),
  ports: maybe(texts('TCP/80, TCP/8000-8100, TCP/http, TCP; absent means all.')),
  unread: maybe(texts('Fields that podtrail does not interpret: whether the rule matches cannot be told.')),
});

export const policyPeer = table('policy_peer', 'Whom a rule of a network policy is about; one of several is enough.', {
  maker: text('As in network_policy.'),
  namespace: maybe(text('Namespace of the policy.')),
  policy: text('Policy name.'),
  direction: text('Ingress or Egress.'),
  rule: int('Number of the rule.'),
  selector: maybe(text('Pods with these labels; empty for all.')),
  namespace_selector: maybe(text('Of namespaces with these labels; absent: of the policy\u2019s namespace.')),
  cidrs: maybe(texts('Addresses in any of these prefixes.')),
  except: maybe(texts('But in none of these.')),
});
