import type { Cite, Remedy } from '../../core/finding.js';
import { type Blame, blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { restsOn } from '../rests-on.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * Forwarding is off on a node that must forward.
 *
 * Physics: a packet that is not for the node itself is dropped in ip_route_input when `conf.IF.forwarding` of the device that
 * it came in by is 0 (net/ipv4/route.c; no ICMP error is sent). IPv6 asks `conf.all.forwarding` alone (ip6_forward in
 * net/ipv6/ip6_output.c). The node's own traffic works.
 *
 * Innocent: a device that pods' packets never come in by; a host that carries no pods; forwarding switched on later (packets
 * that are seen beyond contradict the dump).
 *
 * Proven: the sysctl, and packets seen to come in and not to go out. Likely: the sysctl alone.
 */
export const ipForwardDisabled: Cause = {
  code: 'ip-forward-disabled',
  diagnose(given) {
    const drafts = blames(given, (walk, last) =>
      walk.disposition === 'forwarding-disabled' ? last.node : undefined,
    ).map((blame): CauseDraft => {
      const { node, last } = blame;
      const devices = blame.conversations.flatMap(
        (c) => c.comparison?.trip.request.steps.findLast((s) => s.node === node && s.stage === 'receive')?.dev ?? [],
      );
      const { family } = last.packet;
      const device = family === 6 ? 'all' : (last.dev ?? devices[0] ?? 'all');
      const what = family === 6 ? 'IPv6' : device;
      const way = routeBefore(blame.walk);
      return {
        code: 'ip-forward-disabled',
        severity: 'critical',
        confidence: stopsAnyway(blame) ? 'proven' : confidenceOf(blame),
        title: `Forwarding is off on ${node} for ${what}`,
        summary: `${node} does not forward ${family === 6 ? what : `what comes in by ${device}`}, so packets such as ${last.packet.src} to ${last.packet.dst} end there.`,
        explanation: `A packet that is not for ${node} itself is dropped without an error when forwarding is off ${family === 6 ? 'for IPv6' : 'for the device that it came in by'}. What ${node} sends itself is not concerned, so it looks as if only pods were cut off.`,
        subjects: subjects(node, family === 6 ? undefined : device, last.packet.dst, last.packet.src),
        count: blame.conversations.length,
        evidence: evidence(
          ...decidedBy(blame, 'forwarding is off'),
          ...offOn(given, node, device, family).map((at): Cite => ({ role: 'forwarding is off', at })),
          ...(way?.at ?? []).map((at) => ({ role: 'it should go on from here', at })),
          ...shownBy(blame.symptoms),
          ...blame.ground,
        ),
        remedy: [family === 6 ? switchOn6(node) : switchOn(given, node, device)],
        explains: (symptom) => concerns(blame, symptom),
      };
    });
    return found([...drafts, ...bySettings(given, drafts)]);
  },
};

/** IPv6's switch: that of a device says only whether it takes router advertisements. */
const SIX = 'net.ipv6.conf.all.forwarding';

/** Every line that says so of this device: IPv4's ip_forward is conf.all.forwarding, and setting it sets every device's. */
function offOn(given: Case, node: string, device: string, family: 4 | 6) {
  const four = ['ip_forward', 'conf.all.forwarding', `conf.${device}.forwarding`].map((key) => `net.ipv4.${key}`);
  const keys = family === 6 ? [SIX] : four;
  return [...(given.hosts.get(node)?.sysctls.values() ?? [])].filter(
    ({ key, value }) => value === '0' && keys.includes(key),
  );
}

/** IPv4's switches that pods' packets may meet. */
const FORWARDING = /^net\.ipv4\.(ip_forward|conf\.(?!lo\.|default\.|docker)[^.]+.*\.forwarding)$/;

/**
 * Nodes of which only the settings are in the bundle: a failed conversation of another node's pod with a pod of theirs needs
 * forwarding on every device between, loopback aside.
 */
function bySettings(given: Case, known: readonly CauseDraft[]): readonly CauseDraft[] {
  const drafts = new Map<string, CauseDraft>();
  for (const conversation of given.failed) {
    const trip = conversation.comparison?.trip;
    const request = trip?.request;
    const node = request?.node;
    const host = node === undefined ? undefined : given.hosts.get(node);
    if (
      trip === undefined ||
      request?.disposition !== 'unknown' ||
      node === undefined ||
      host === undefined ||
      drafts.has(node)
    )
      continue;
    if (request.steps.at(-1)?.stage !== 'receive' || known.some((d) => d.subjects.includes(node))) continue;
    if (!['pod', 'pod-range'].includes(given.cluster.owner(request.packet.dst).role)) continue;
    const { family } = request.packet;
    const off = [...host.sysctls.values()].filter(
      ({ key, value }) => value === '0' && (family === 6 ? key === SIX : FORWARDING.test(key)),
    );
    const [first, ...rest] = off;
    if (first === undefined) continue;
    const device = /^net\.ipv4\.conf\.(.+)\.forwarding$/.exec(first.key)?.[1];
    const same = given.failed.filter((c) => c.comparison?.trip.request.node === node);
    const symptoms = same.flatMap((c) => c.symptoms);
    drafts.set(node, {
      code: 'ip-forward-disabled',
      severity: 'critical',
      confidence: 'likely',
      title: `Forwarding is off on ${node}${family === 6 ? ' for IPv6' : device === undefined ? '' : ` for ${device}`}`,
      summary: `${node} has ${first.key} = 0, so it does not forward packets such as ${request.packet.src} to its pod ${request.packet.dst}.`,
      explanation: `A packet that is not for ${node} itself is dropped without an error when forwarding is off ${family === 6 ? 'for IPv6' : 'for the device that it came in by'}. The routes and devices of ${node} are not in the bundle, so that the packet cannot be followed further.`,
      subjects: subjects(node, device, request.packet.dst, request.packet.src),
      count: same.length,
      evidence: evidence(
        { role: 'forwarding is off', at: first },
        ...rest.slice(0, 4).map((at) => ({ role: 'forwarding is off', at })),
        ...shownBy(symptoms),
        ...restsOn(given, trip),
      ),
      remedy: [family === 6 ? switchOn6(node) : switchOn(given, node, device ?? 'all')],
      explains: (symptom) => symptoms.includes(symptom),
    });
  }
  return [...drafts.values()];
}

/** The switch of the whole node where that is off; else that of the device alone. */
function switchOn(given: Case, node: string, device: string): Remedy {
  const sysctls = given.hosts.get(node)?.sysctls;
  const wide = sysctls?.get('net.ipv4.ip_forward') ?? sysctls?.get('net.ipv4.conf.all.forwarding');
  const own = `net.ipv4.conf.${device.replaceAll('.', '/')}.forwarding`;
  return device !== 'all' && wide?.value === '1'
    ? {
        command: `sysctl -w ${own}=1    # on ${node}`,
        why: `${node} forwards, but not what comes in by ${device}; find out who switches it off (sysctl.d, NetworkManager, a hardening script), or it comes back`,
        verify: `sysctl ${own}    # on ${node}: 1; then try the connection again`,
        rollback: `sysctl -w ${own}=0    # on ${node}`,
      }
    : {
        command: `sysctl -w net.ipv4.ip_forward=1    # on ${node}; keep it: echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/99-kubernetes.conf`,
        why: `${node} must forward between its pods, the other nodes and the outside; ip_forward sets forwarding on every device`,
        verify: `sysctl net.ipv4.ip_forward ${own}    # on ${node}: both 1`,
        rollback: `sysctl -w net.ipv4.ip_forward=0    # on ${node}`,
      };
}

/** A host that forwards takes router advertisements only by devices with accept_ra = 2, and forgets what it learnt by others (addrconf_fixup_forwarding). */
function switchOn6(node: string): Remedy {
  return {
    command: `sysctl -w ${SIX}=1    # on ${node}; keep it: echo '${SIX} = 1' > /etc/sysctl.d/99-kubernetes-ipv6.conf`,
    why: `${node} must forward IPv6 between its pods, the other nodes and the outside. If its own default route comes from router advertisements (ip -6 route: proto ra), first set net.ipv6.conf.DEV.accept_ra=2 on that device, or the route goes`,
    verify: `sysctl ${SIX}; ip -6 route show default    # on ${node}: 1, and the default route still there`,
    rollback: `sysctl -w ${SIX}=0    # on ${node}`,
  };
}

/** Seen to come in and not to go on: rules that no dump shows could drop it as well, but not send it on. */
const stopsAnyway = ({ seen, walk }: Blame): boolean =>
  seen && walk.assumptions.every(({ what }) => /^(?:iptables' own tables|the \S+ table) of /.test(what));
