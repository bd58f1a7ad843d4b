import type { setting } from '../../core/event/kubernetes.js';
import { parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Fact } from '../facts.js';
import { perCluster, perNode } from '../per-cluster.js';
import type { CniNetwork } from '../pod-networks.js';
import type { Known } from './intent.js';

type Setting = Fact<typeof setting>;

/** What flanneld of one node was told; a key that nothing tells is absent. */
export interface FlannelConfig {
  /** vxlan, host-gw, udp, … in lower case. */
  readonly type?: Known<string> | undefined;
  readonly vni?: Known<number> | undefined;
  /** UDP port; 0 leaves it to the backend. */
  readonly port?: Known<number> | undefined;
  /** Plain routes to nodes on the same link, VXLAN to the others. */
  readonly directRouting?: Known<boolean> | undefined;
  /** `--ip-masq` of flanneld; Canal's config map says `masquerade`. */
  readonly masquerade?: Known<boolean> | undefined;
  /** Pod networks of both families. */
  readonly networks: readonly Known<string>[];
}

/** pkg/backend/vxlan/vxlan.go: defaultVNI. */
const DEFAULT_VNI = 1;

const COMPONENT = /^(flannel|canal)$/;
const NETWORK = /^(Network|IPv6Network|FLANNEL_NETWORK|FLANNEL_IPV6_NETWORK)$/;

/** True for what is the cluster's, wherever it was printed. */
const isClusters = (one: Setting): boolean => /^ConfigMap\//.test(one.object ?? '');

/** True for a net-conf.json that is shown whole, so that a key which it lacks has its default. */
const isNetConf = (one: Setting): boolean => /^ConfigMap\/|net-conf\.json$/.test(one.object ?? '');

/**
 * The configuration that flanneld of a node runs with: its own log, flags and files first, for these show what it read when
 * it started; else what the cluster's config map says now (Documentation/configuration.md).
 */
export const flannelConfig = perNode(read);

/** What the cluster's config map says now, whatever the agents were started with. */
export const sharedFlannelConfig = perCluster((cluster) => read(cluster, undefined));

function read(cluster: Cluster, node: string | undefined): FlannelConfig {
  const all = cluster.facts.settings.filter((one) => COMPONENT.test(one.component));
  const own = node === undefined ? [] : all.filter((one) => !isClusters(one) && cluster.nodeOf(one) === node);
  // What an agent of an unknown node says stands for any node, but is no word of the cluster's.
  const shared = all.filter(
    (one) => isClusters(one) || (cluster.nodeOf(one) === undefined && (node !== undefined || isNetConf(one))),
  );
  const last = (key: RegExp): Setting | undefined =>
    own.findLast((one) => key.test(one.key)) ?? shared.findLast((one) => key.test(one.key));
  const type = last(/^Backend\.Type$/);
  const whole = type !== undefined && isNetConf(type);
  const byDefault = <T>(value: T): Known<T> | undefined => (whole ? { value, at: [type] } : undefined);
  const [vni, port, direct] = [last(/^Backend\.VNI$/), last(/^Backend\.Port$/), last(/^Backend\.DirectRouting$/)];
  const masquerade = last(/^(ipMasq|ip-masq|masquerade|FLANNEL_IPMASQ)$/);
  return {
    type: known(type, (text) => text.toLowerCase()),
    vni: known(vni, number) ?? byDefault(DEFAULT_VNI),
    port: known(port, number) ?? byDefault(0),
    directRouting: known(direct, (text) => text === 'true') ?? byDefault(false),
    masquerade: known(masquerade, (text) => (/^(true|false)$/.test(text) ? text === 'true' : undefined)),
    networks: networksIn(own.some((one) => NETWORK.test(one.key)) ? own : shared),
  };
}

function known<T>(one: Setting | undefined, read: (text: string) => T | undefined): Known<T> | undefined {
  const value = one === undefined ? undefined : read(one.value.trim());
  return one === undefined || value === undefined ? undefined : { value, at: [one] };
}

const number = (text: string): number | undefined => (/^\d{1,8}$/.test(text) ? Number(text) : undefined);

/** Each network once, with all lines that name it. */
function networksIn(settings: readonly Setting[]): readonly Known<string>[] {
  const found = new Map<string, Known<string>>();
  for (const one of settings) {
    for (const value of NETWORK.test(one.key) ? one.value.split(',').map((text) => text.trim()) : []) {
      if (parsePrefix(value) === undefined) continue;
      const known = found.get(value);
      found.set(value, { value, at: known === undefined ? [one] : [...known.at, one] });
    }
  }
  return [...found.values()];
}

/** Every network that flannel, on its own or in Canal, is told anywhere in the bundle. */
export function flannelNetworks(cluster: Cluster): readonly CniNetwork[] {
  return cluster.facts.settings.flatMap((setting) =>
    NETWORK.test(setting.key)
      ? setting.value.split(',').flatMap((text): CniNetwork[] => {
          const prefix = parsePrefix(text.trim());
          // A config map that was printed on a node is the cluster's all the same.
          const node = isClusters(setting) ? undefined : cluster.nodeOf(setting);
          return prefix === undefined
            ? []
            : [
                {
                  prefix,
                  text: text.trim(),
                  kind: 'flannel',
                  node,
                  name: setting.object,
                  disabled: false,
                  natOutgoing: undefined,
                  at: setting,
                },
              ];
        })
      : [],
  );
}
