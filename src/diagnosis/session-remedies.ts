import type { FindingDraft, Remedy } from '../core/finding.js';
import type { Case } from './cause.js';
import { routesFor } from './route-by-hand.js';

/** A BGP session as one of its ends tells of it. */
export interface BrokenSession {
  readonly reporter: string | undefined;
  readonly peer: string;
  readonly peerNode: string | undefined;
  /** BIRD's words. */
  readonly state: string;
}

/**
 * What brings a BGP session up, by what BIRD says of it, and at once the routes that it would have brought, on both ends.
 * BIRD says "Bad peer AS: N" of a peer that has another number than configured (BIRD `proto/bgp/packets.c`).
 */
export function sessionRemedies(
  given: Case,
  session: BrokenSession,
  said: readonly string[],
  symptoms: readonly FindingDraft[],
): readonly Remedy[] {
  const { reporter, peerNode } = session;
  const verify = `calicoctl node status    # on ${reporter ?? 'the node'}: ${session.peer} up, Established`;
  const number = said.map((text) => /Bad peer AS: (\d+)/.exec(text)?.[1]).find((n) => n !== undefined);
  const first =
    number !== undefined || /Bad peer AS/i.test(session.state)
      ? oneNumber(session, number, verify)
      : /refused/i.test(session.state)
        ? running(session, verify)
        : reachable(session, verify);
  return [
    first,
    ...[reporter, peerNode].flatMap((node) => (node === undefined ? [] : routesFor(given, node, symptoms))),
  ];
}

/** Calico's own default (`projectcalico/calico` libcalico-go `DefaultASNumber`). */
const DEFAULT_AS = '64512';

function oneNumber(
  { peer, peerNode = 'PEER_NODE' }: BrokenSession,
  number: string | undefined,
  verify: string,
): Remedy {
  const patch = (as: string): string =>
    `calicoctl patch node ${peerNode} --patch '{"spec":{"bgp":{"asNumber":"${as}"}}}'`;
  return {
    command: patch(DEFAULT_AS),
    why: `All nodes of the mesh have one AS number, and ${peerNode} (${peer}) comes with ${number ?? 'another one'}. ${DEFAULT_AS} is Calico's own; where calicoctl get bgpconfiguration default -o yaml shows another, take that one.`,
    verify,
    rollback: number === undefined ? patch('OLD_AS_NUMBER') : patch(number),
  };
}

const running = ({ peerNode = 'PEER_NODE' }: BrokenSession, verify: string): Remedy => ({
  command: `kubectl get pods -A -o wide --field-selector spec.nodeName=${peerNode} | grep calico-node    # make it run: its log says why not`,
  why: 'Nobody listens there: BIRD is a part of calico-node.',
  verify,
  rollback: 'none: nothing was changed',
});

const reachable = ({ reporter, peer }: BrokenSession, verify: string): Remedy => ({
  command: `nc -zvw3 ${peer} 179    # from ${reporter ?? 'the node'}: no answer means a firewall on the way; then allow TCP 179 between the nodes`,
  why: "Both ends must reach each other's TCP port 179 by the addresses that they announce; AS numbers and passwords must fit.",
  verify,
  rollback: 'none: nothing was changed',
});
