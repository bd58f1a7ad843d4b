import type { Cite, FindingDraft } from '../core/finding.js';
import { contains, parsePrefix } from '../core/prefix.js';
import type { Placed } from '../model/facts.js';
import type { Host } from '../model/host/host.js';
import { lookup } from '../model/host/policy-routing.js';
import { eitherSetting } from '../model/host/settings.js';
import type { Case, CauseDraft } from './cause.js';
import { allFlows, evidence, listed, SILENCE, shownBy, subjects } from './witness.js';

/** IPv4 link-local (RFC 3927): Calico's pods have 169.254.1.1 for a gateway. */
const LINK_LOCAL = parsePrefix('169.254.0.0/16')!;
/** What is asked once may be answered after the capture's end. */
const FEWEST = 2;

/** A pod behind a device that does not answer for its gateway. */
interface Silent {
  readonly pod: string;
  readonly gateway: string;
  readonly at: readonly Placed[];
  /** Requests for the gateway that nobody answered. */
  readonly asked: readonly Cite[];
  readonly requests: number;
}

/**
 * Nodes that do not answer their pods' ARP for a gateway that nobody has.
 *
 * Physics: a pod of Calico has a /32 address and the route `default via 169.254.1.1 dev eth0`. No device has that address: the node
 * answers for it because Felix sets proxy_arp on the device (net/ipv4/arp.c, arp_process: IN_DEV_PROXY_ARP, which the setting of
 * `all` turns on as well). Without it the pod's packets wait for a MAC address and are dropped within the pod; what was resolved
 * before goes on until the entry is asked for anew.
 *
 * Innocent: a gateway that an address of the node's answers for; a pod whose requests are answered, or that asked once; devices of
 * eBPF data planes, whose programs answer; a setting that nothing shows to be off.
 *
 * Proven: the setting, 0 on the device and for `all`, and requests that nobody answers.
 */
export async function silentGateways(given: Case): Promise<readonly CauseDraft[]> {
  // tcpdump's text of an answer does not tell whom it is for: then any on the same device is one.
  const rows = await given.scene.rows(`
    SELECT t.source, p.src, p.dst, min(p.tap) AS tap, min(p.place) AS place, max(p.place) AS last, count(DISTINCT p.time_ns) AS n
    FROM packet_raw p JOIN tap t USING (tap)
    WHERE p.arp_op = 1 AND p.src <> p.dst AND p.src <> 0 AND p.tunnel = 0 AND NOT EXISTS (
      SELECT 1 FROM packet_raw r JOIN tap rt USING (tap) WHERE r.arp_op = 2 AND r.src = p.dst AND (r.dst = p.src OR r.dst = 0 AND rt.ifname IS NOT DISTINCT FROM t.ifname) AND rt.source = t.source)
    GROUP BY t.source, p.src, p.dst HAVING n >= ${FEWEST} ORDER BY t.source, p.src, p.dst LIMIT 500`);
  const byNode = new Map<string, Map<string, Silent>>();
  for (const row of rows) {
    const [pod, gateway] = [given.scene.address(Number(row['src'])), given.scene.address(Number(row['dst']))];
    const owner = given.cluster.owner(pod);
    const host = given.hosts.get(owner.node ?? '');
    if (owner.role !== 'pod' || host === undefined || !contains(LINK_LOCAL, gateway)) continue;
    const off = withoutProxy(host, pod, gateway);
    if (off === undefined) continue;
    const [tap, n] = [Number(row['tap']), Number(row['n'])];
    const asked: Cite = {
      role: `${pod} asks for ${gateway}, and nobody answers`,
      at: { tap, place: Number(row['place']) },
    };
    const silence: Cite = {
      role: 'no answer',
      absent: `no ARP reply from ${gateway} to ${pod}`,
      searched: [Number(row['source'])],
    };
    const known = byNode.get(host.name) ?? new Map<string, Silent>();
    if (!known.has(off.dev)) known.set(off.dev, { pod, gateway, at: off.at, asked: [asked, silence], requests: n });
    byNode.set(host.name, known);
  }
  return [...byNode].map(([node, silent]) => draft(given, node, silent));
}

/** The pod's device, and the lines by which it does not answer for an address that is not the node's own. */
function withoutProxy(
  host: Host,
  pod: string,
  gateway: string,
): { readonly dev: string; readonly at: readonly Placed[] } | undefined {
  if (host.dataPlane !== undefined || host.addresses[4].value.some(({ address }) => address === gateway))
    return undefined;
  const way = lookup(host, { family: 4, dst: pod, mark: 0 });
  const [hop, ...others] = way.kind === 'unicast' ? way.hops : [];
  if (hop?.dev === undefined || hop.via !== undefined || others.length > 0) return undefined;
  if (host.devices.get(hop.dev)?.role !== 'workload') return undefined;
  const proxy = eitherSetting(host, hop.dev, 'proxy_arp');
  return proxy.kind === 'known' && !proxy.value && proxy.at.length > 0 ? { dev: hop.dev, at: proxy.at } : undefined;
}

function draft(given: Case, node: string, silent: ReadonlyMap<string, Silent>): CauseDraft {
  const [[dev, one]] = [...silent] as [[string, Silent]];
  const pods = [...silent.values()].map(({ pod }) => pod);
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) && allFlows(s, ({ src }) => isOf(given, src, pods));
  const shown = given.symptoms.filter(explains);
  const set = (value: 0 | 1): string =>
    [...silent.keys()].map((name) => `sysctl -w net.ipv4.conf.${name}.proxy_arp=${value}`).join('; ');
  return {
    code: 'next-hop-off-link',
    severity: 'critical',
    confidence: 'proven',
    title: `${node} does not answer its pods' ARP for ${one.gateway} on ${listed([...silent.keys()])}: proxy_arp is 0`,
    summary: `Pod ${one.pod} asks for its gateway ${one.gateway}, which no device has; ${node} should answer for it by proxy ARP, and net.ipv4.conf.${dev}.proxy_arp is 0 there, so nothing leaves the pod.`,
    explanation: `The pod's default route leads to ${one.gateway} on a cable whose other end is ${dev}. Only proxy_arp on that device (or on all) makes the node answer with its own MAC address; Calico's Felix sets it when it brings the device up. The pod's packets are dropped in the pod itself, so no capture of the node shows them, only the requests.`,
    subjects: subjects(node, dev, one.gateway, ...pods),
    culprits: [node],
    count: [...silent.values()].reduce((sum, { requests }) => sum + requests, 0),
    evidence: evidence(
      { role: `proxy_arp of ${dev} on ${node}`, at: one.at[0]! },
      ...[...silent].flatMap(([name, { at }]) =>
        at.map((line): Cite => ({ role: `proxy_arp of ${name} on ${node}`, at: line })),
      ),
      ...[...silent.values()].flatMap(({ asked }) => asked),
      ...shownBy(shown.slice(0, 2), 1),
    ),
    remedy: [
      {
        command: `${set(1)}    # on ${node}`,
        why: 'At once. Find out what sets it to 0 (a profile of sysctl.d or tuned that is applied to all devices, after Felix did its part), or it is back with the next pod',
        verify: `sysctl net.ipv4.conf.${dev}.proxy_arp    # on ${node}: 1; then try again from the pod`,
        rollback: `${set(0)}    # on ${node}`,
      },
    ],
    explains,
  };
}

/** The pod by its address, or by the name that a test by hand gives. */
const isOf = (given: Case, src: string, pods: readonly string[]): boolean =>
  pods.includes(src) || given.facts.pods.some(({ ip, name }) => name === src && ip !== undefined && pods.includes(ip));
