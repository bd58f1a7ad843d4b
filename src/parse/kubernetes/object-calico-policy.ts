import { networkPolicy, policyPeer, policyRule } from '../../core/event/policy.js';
import type { Sink } from '../../core/sink.js';
import { type KubernetesObject, listOf, mapOf, type Tree, wordOf } from './object-tree.js';

/**
 * NetworkPolicy and GlobalNetworkPolicy of Calico: projectcalico/api pkg/apis/projectcalico/v3/networkpolicy.go. Rules are asked in
 * their order, and the first that matches decides. A policy of a tier of its own is not interpreted.
 */
export function readCalicoPolicy(object: KubernetesObject, sink: Sink): void {
  const spec = mapOf(object.at('spec'));
  const owner = { maker: 'calico', namespace: object.namespace };
  const order = Number(wordOf(spec['order']) ?? Number.NaN);
  const tier = wordOf(spec['tier']) ?? 'default';
  const odd = [
    ...['serviceAccountSelector', 'preDNAT', 'applyOnForward', 'doNotTrack'].filter((key) => spec[key] !== undefined),
    ...(tier === 'default' ? [] : ['tier']),
  ];
  const given = listOf(spec['types']).flatMap((type) => wordOf(type) ?? []);
  // Without types: what it has rules for, and Ingress when it has none (libcalico-go lib/backend/syncersv1).
  const types =
    given.length > 0
      ? given
      : [
          ...(spec['ingress'] !== undefined || spec['egress'] === undefined ? ['Ingress'] : []),
          ...(spec['egress'] === undefined ? [] : ['Egress']),
        ];
  sink.emit(
    networkPolicy,
    {
      ...owner,
      name: object.name,
      selector: wordOf(spec['selector']) ?? '',
      namespace_selector: wordOf(spec['namespaceSelector']),
      types,
      precedence: Number.isNaN(order) ? undefined : order,
      unread: odd.length > 0 ? odd : undefined,
    },
    object.nameLine,
  );
  for (const [direction, key] of [
    ['Ingress', 'ingress'],
    ['Egress', 'egress'],
  ] as const) {
    const from = object.line(key, undefined, object.line('spec'));
    for (const [rule, entry] of listOf(spec[key]).map(mapOf).entries())
      readRule(object, { ...owner, policy: object.name, direction, rule }, entry, from, sink);
  }
}

type RuleName = Readonly<{
  maker: string;
  namespace: string | undefined;
  policy: string;
  direction: 'Ingress' | 'Egress';
  rule: number;
}>;

function readRule(
  object: KubernetesObject,
  name: RuleName,
  entry: Tree,
  from: ReturnType<KubernetesObject['line']>,
  sink: Sink,
): void {
  const ingress = name.direction === 'Ingress';
  const far = mapOf(entry[ingress ? 'source' : 'destination']);
  const near = mapOf(entry[ingress ? 'destination' : 'source']);
  const protocol = wordOf(entry['protocol'])?.toUpperCase();
  const destination = mapOf(entry['destination']);
  const ports = listOf(destination['ports']).flatMap((port) => wordOf(port)?.replace(':', '-') ?? []);
  const known = new Set(['selector', 'namespaceSelector', 'nets', 'notNets']);
  const side = (entity: Tree, place: string, may: ReadonlySet<string>): string[] =>
    Object.keys(entity)
      .filter((key) => !may.has(key))
      .map((key) => `${place}.${key}`);
  const odd = [
    ...side(far, ingress ? 'source' : 'destination', ingress ? known : new Set([...known, 'ports'])),
    ...side(near, ingress ? 'destination' : 'source', ingress ? new Set(['ports']) : new Set()),
    ...['notProtocol', 'icmp', 'notICMP', 'http', 'ipVersion'].filter((key) => entry[key] !== undefined),
  ];
  const nets = listOf(far['nets']).flatMap((net) => wordOf(net) ?? []);
  const except = listOf(far['notNets']).flatMap((net) => wordOf(net) ?? []);
  const selector = wordOf(far['selector']);
  const namespaces = wordOf(far['namespaceSelector']);
  const anybody = selector === undefined && namespaces === undefined && nets.length === 0 && except.length === 0;
  sink.emit(
    policyRule,
    {
      ...name,
      action: wordOf(entry['action']) ?? 'Allow',
      peers: anybody ? 0 : 1,
      ports:
        protocol === undefined ? undefined : ports.length === 0 ? [protocol] : ports.map((p) => `${protocol}/${p}`),
      unread: odd.length > 0 ? odd : undefined,
    },
    from,
  );
  if (anybody) return;
  const words = selector ?? namespaces ?? nets[0] ?? except[0];
  const key = selector !== undefined ? 'selector' : namespaces !== undefined ? 'namespaceSelector' : 'nets';
  sink.emit(
    policyPeer,
    {
      ...name,
      selector,
      namespace_selector: namespaces,
      cidrs: nets.length > 0 ? nets : undefined,
      except: except.length > 0 ? except : undefined,
    },
    object.line(key, words, from),
  );
}
