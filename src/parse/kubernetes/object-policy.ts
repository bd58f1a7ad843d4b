import { setting } from '../../core/event/kubernetes.js';
import { networkPolicy, policyPeer, policyRule } from '../../core/event/policy.js';
import type { Line, Sink } from '../../core/sink.js';
import { readCalicoPolicy } from './object-calico-policy.js';
import { type KubernetesObject, listOf, mapOf, type Tree, wordOf } from './object-tree.js';
import { qualified } from './table-rows.js';

/** Network policies of all makers: which exist, whom they select, and of Kubernetes' and Calico's what they allow. */
export function readPolicy(object: KubernetesObject, sink: Sink): void {
  if (object.name === '') return;
  const spec = mapOf(object.at('spec'));
  emitSummary(object, spec, sink);
  const api = wordOf(object.tree['apiVersion']) ?? '';
  if (object.kind.startsWith('Cilium')) readCiliumPolicy(object, sink);
  else if (/projectcalico/.test(api) || object.kind === 'GlobalNetworkPolicy') readCalicoPolicy(object, sink);
  else readKubernetesPolicy(object, spec, sink);
}

/** The two columns that `kubectl get networkpolicies` shows. */
function emitSummary(object: KubernetesObject, spec: Tree, sink: Sink): void {
  const labels = mapOf(mapOf(spec['podSelector'] ?? spec['endpointSelector'])['matchLabels']);
  const value =
    wordOf(spec['selector']) ??
    Object.entries(labels)
      .map(([key, word]) => `${key}=${wordOf(word) ?? ''}`)
      .join(',');
  const emit = (key: string, word: string) =>
    sink.emit(
      setting,
      { component: 'network-policy', object: qualified(object.namespace, object.name), key, value: word },
      object.nameLine,
    );
  emit('podSelector', value === '' ? '<none>' : value);
  const types = typesOf(spec);
  if (types.length > 0) emit('policyTypes', types.join(','));
}

const typesOf = (spec: Tree): string[] =>
  listOf(spec['policyTypes'] ?? spec['types']).flatMap((type) => wordOf(type) ?? []);

/** networking.k8s.io/v1 types.go. Without policyTypes it is about Ingress, and about Egress when it has rules for it. */
function readKubernetesPolicy(object: KubernetesObject, spec: Tree, sink: Sink): void {
  const owner = { maker: 'kubernetes', namespace: object.namespace };
  const types = typesOf(spec);
  if (types.length === 0) types.push('Ingress', ...(spec['egress'] === undefined ? [] : ['Egress']));
  sink.emit(
    networkPolicy,
    { ...owner, name: object.name, selector: selectorText(spec['podSelector']), types },
    object.nameLine,
  );
  for (const [direction, key, peersKey] of [
    ['Ingress', 'ingress', 'from'],
    ['Egress', 'egress', 'to'],
  ] as const) {
    let at: Line = object.line(key, undefined, object.line('spec'));
    for (const [rule, entry] of listOf(spec[key]).map(mapOf).entries()) {
      const peers = listOf(entry[peersKey]).map(mapOf);
      const ports = listOf(entry['ports']).map(mapOf);
      const row = { ...owner, policy: object.name, direction, rule };
      sink.emit(
        policyRule,
        { ...row, action: 'Allow', peers: peers.length, ports: ports.length === 0 ? undefined : ports.map(portText) },
        at,
      );
      for (const peer of peers) {
        at = placeOf(object, peer, at);
        sink.emit(policyPeer, { ...row, ...peerColumns(peer) }, at);
      }
    }
  }
}

function peerColumns(peer: Tree) {
  const block = mapOf(peer['ipBlock']);
  const cidr = wordOf(block['cidr']);
  if (cidr !== undefined) return { cidrs: [cidr], except: listOf(block['except']).flatMap((one) => wordOf(one) ?? []) };
  return {
    selector: peer['podSelector'] === undefined ? '' : selectorText(peer['podSelector']),
    namespace_selector: peer['namespaceSelector'] === undefined ? undefined : selectorText(peer['namespaceSelector']),
  };
}

/** The line that shows a peer: its first label or its prefix, not before the rule's own. */
function placeOf(object: KubernetesObject, peer: Tree, from: Line): Line {
  const cidr = wordOf(mapOf(peer['ipBlock'])['cidr']);
  if (cidr !== undefined) return object.line('cidr', cidr, from);
  const [label] = Object.entries(mapOf(mapOf(peer['podSelector'] ?? peer['namespaceSelector'])['matchLabels']));
  return label === undefined ? from : object.line(label[0], wordOf(label[1]), from);
}

function portText(port: Tree): string {
  const protocol = wordOf(port['protocol']) ?? 'TCP';
  const first = wordOf(port['port']);
  const last = wordOf(port['endPort']);
  return first === undefined ? protocol : `${protocol}/${first}${last === undefined ? '' : `-${last}`}`;
}

/** A label selector as kubectl prints it (apimachinery pkg/labels/selector.go): `app=web,tier in (a,b),!canary`. */
export function selectorText(value: unknown): string {
  const selector = mapOf(value);
  const equal = Object.entries(mapOf(selector['matchLabels'])).map(([key, word]) => `${key}=${wordOf(word) ?? ''}`);
  const others = listOf(selector['matchExpressions']).map((one) => {
    const { key, operator, values } = mapOf(one);
    const name = wordOf(key) ?? '';
    const set = `(${listOf(values)
      .map((word) => wordOf(word) ?? '')
      .join(',')})`;
    switch (wordOf(operator)) {
      case 'In':
        return `${name} in ${set}`;
      case 'NotIn':
        return `${name} notin ${set}`;
      case 'DoesNotExist':
        return `!${name}`;
      default:
        return name;
    }
  });
  return [...equal, ...others].join(',');
}

/** Cilium's policies have a language of their own; that one is there must not go unsaid. */
function readCiliumPolicy(object: KubernetesObject, sink: Sink): void {
  const spec = mapOf(object.at('spec'));
  const has = (...keys: readonly string[]): boolean => keys.some((key) => spec[key] !== undefined);
  const types = [
    ...(has('ingress', 'ingressDeny') ? ['Ingress'] : []),
    ...(has('egress', 'egressDeny') ? ['Egress'] : []),
  ];
  sink.emit(
    networkPolicy,
    {
      maker: 'cilium',
      namespace: object.namespace,
      name: object.name,
      selector: selectorText(spec['endpointSelector']),
      types: types.length > 0 ? types : ['Ingress', 'Egress'],
      unread: ['spec'],
    },
    object.nameLine,
  );
}
