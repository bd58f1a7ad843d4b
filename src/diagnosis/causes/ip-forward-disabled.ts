import { blames, concerns, confidenceOf, decidedBy, routeBefore } from '../blame.js';
import { type Cause, type CauseDraft, found } from '../cause.js';
import { evidence, shownBy, subjects } from '../witness.js';

/**
 * Forwarding is off on a node that must forward.
 *
 * Physics: a packet that is not for the node itself is dropped in ip_route_input when `conf.IF.forwarding` of the device that
 * it came in by is 0 (net/ipv4/route.c; no ICMP error is sent). The node's own traffic works.
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
      walk.disposition === 'forwarding-disabled' ? `${last.node} ${last.at.map((at) => at.line).join()}` : undefined,
    ).map((blame): CauseDraft => {
      const { node, last } = blame;
      const devices = blame.conversations.flatMap(
        (c) => c.comparison?.trip.request.steps.findLast((s) => s.node === node && s.stage === 'receive')?.dev ?? [],
      );
      const device = last.dev ?? devices[0] ?? 'all';
      const way = routeBefore(blame.walk);
      return {
        code: 'ip-forward-disabled',
        severity: 'critical',
        confidence: confidenceOf(blame),
        title: `Forwarding is off on ${node} for ${device}`,
        summary: `${node} does not forward what comes in by ${device}, so packets such as ${last.packet.src} to ${last.packet.dst} end there.`,
        explanation: `A packet that is not for ${node} itself is dropped without an error when forwarding is off for the device that it came in by. What ${node} sends itself is not concerned, so it looks as if only pods were cut off.`,
        subjects: subjects(node, device, last.packet.dst, last.packet.src),
        count: blame.conversations.length,
        evidence: evidence(
          ...decidedBy(blame, 'forwarding is off'),
          ...(way?.at ?? []).map((at) => ({ role: 'it should go on from here', at })),
          ...shownBy(blame.symptoms),
        ),
        remedy: [
          {
            command: `sysctl -w net.ipv4.ip_forward=1    # on ${node}; keep it: echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/99-kubernetes.conf`,
            why: `${node} must forward between its pods, the other nodes and the outside; ip_forward sets forwarding on every device`,
            verify: `sysctl net.ipv4.ip_forward net.ipv4.conf.${device}.forwarding    # on ${node}: both 1`,
            rollback: `sysctl -w net.ipv4.ip_forward=0    # on ${node}`,
          },
        ],
        explains: (symptom) => concerns(blame, symptom),
      };
    });
    return found(drafts);
  },
};
