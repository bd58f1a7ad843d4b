import type { CauseCode } from '../core/code.js';
import type { FindingDraft } from '../core/finding.js';
import type { CauseDraft } from './cause.js';
import { precedence } from './precedence.js';

/**
 * Which cause gives way to which when both concern the same packets: the one that names the earliest place on the path that
 * is wrong wins, and configuration beats circumstance. A cause that gives way stays in the report as a supporting fact.
 */
const YIELDS_TO: Readonly<Partial<Record<CauseCode, readonly CauseCode[]>>> = {
  'pod-cidr-mismatch': ['ippool-overlaps-node-network'],
  'duplicate-pod-ip': ['duplicate-pod-cidr'],
  'duplicate-node-address': ['wrong-overlay-interface'],
  'node-address-mismatch': ['wrong-overlay-interface', 'duplicate-node-address'],
  'vtep-address-unreachable': [
    'wrong-overlay-interface',
    'duplicate-node-address',
    'node-address-mismatch',
    'overlay-port-blocked',
  ],
  'cidr-overlap': ['ippool-overlaps-node-network', 'pod-cidr-mismatch', 'duplicate-pod-cidr'],
  'stale-vtep': [
    'wrong-overlay-interface',
    'duplicate-node-address',
    'node-address-mismatch',
    'vtep-address-unreachable',
    'duplicate-vtep-mac',
    'overlay-parameter-mismatch',
  ],
  'host-firewall-drop': ['overlay-port-blocked', 'network-policy-drop', 'mixed-iptables-backends'],
  'bgp-not-established': [
    'overlay-port-blocked',
    'node-address-mismatch',
    'wrong-overlay-interface',
    'cni-agent-failed',
  ],
  'missing-pod-route': [
    'cni-agent-failed',
    'cni-config-missing',
    'pod-cidr-not-assigned',
    'bgp-not-established',
    'overlay-port-blocked',
    'next-hop-off-link',
    'blackhole-route',
    'duplicate-pod-cidr',
    'stale-bridge-address',
    // Sources that should have been translated need no way back.
    'ippool-overlaps-node-network',
    'pod-cidr-mismatch',
    'missing-masquerade',
    'cidr-overlap',
  ],
  'asymmetric-route': ['rp-filter-drop', 'overlay-source-address', 'missing-pod-route', 'bridge-netfilter-disabled'],
  'rp-filter-drop': [
    'pod-cidr-mismatch',
    'ippool-overlaps-node-network',
    'cidr-overlap',
    'missing-masquerade',
    'overlay-source-address',
    'wrong-overlay-interface',
    'missing-pod-route',
    'duplicate-pod-cidr',
  ],
  'forward-drop': ['network-policy-drop', 'mixed-iptables-backends'],
  'missing-masquerade': ['pod-cidr-mismatch', 'ippool-overlaps-node-network', 'mixed-iptables-backends'],
  'overlay-source-address': ['pod-cidr-mismatch', 'ippool-overlaps-node-network'],
  'cni-agent-failed': [
    'cni-config-missing',
    'pod-cidr-not-assigned',
    'pod-range-exhausted',
    'stale-bridge-address',
    'next-hop-off-link',
    'wrong-overlay-interface',
    'pod-cidr-mismatch',
    'overlay-parameter-mismatch',
  ],
  'pod-cidr-not-assigned': ['pod-range-exhausted'],
  'stale-conntrack-entry': ['service-rules-missing'],
  'service-rules-missing': ['mixed-iptables-backends', 'service-without-endpoint', 'local-traffic-policy-no-endpoint'],
  'service-without-endpoint': [
    'local-traffic-policy-no-endpoint',
    'cni-agent-failed',
    'cni-config-missing',
    'pod-range-exhausted',
    'stale-bridge-address',
  ],
};

/** What anything inside the nodes explains is not the underlay's doing. */
const yields = (loser: CauseCode, winner: CauseCode): boolean =>
  loser === 'underlay-drop' ? winner !== 'underlay-drop' : (YIELDS_TO[loser]?.includes(winner) ?? false);

/** A cause with its place in the order, the symptoms that it explains, and the cause that it supports. */
export interface Standing {
  readonly cause: CauseDraft;
  readonly explained: readonly FindingDraft[];
  readonly supports?: CauseCode | undefined;
}

const touches = (a: Standing, b: Standing): boolean =>
  a.explained.some((symptom) => b.explained.includes(symptom)) ||
  ((a.explained.length === 0 || b.explained.length === 0) &&
    a.cause.subjects.some((subject) => b.cause.subjects.includes(subject)));

/**
 * Orders the causes, strongest first, and decides which are only consequences of others. `relevance` ranks by the ticket's
 * complaint. Two that stand side by side and explain the same symptom cannot both be proven.
 */
export function arbitrate(
  causes: readonly CauseDraft[],
  symptoms: readonly FindingDraft[],
  order: readonly CauseCode[],
  relevance: (symptom: FindingDraft) => number,
): readonly Standing[] {
  const standings = causes.map(
    (cause): Standing => ({ cause, explained: symptoms.filter((symptom) => cause.explains(symptom)) }),
  );
  const sorted = [...standings].sort(precedence(order, relevance));
  const winnerOf = (loser: Standing): Standing | undefined =>
    sorted.find(
      (winner) =>
        winner !== loser &&
        yields(loser.cause.code, winner.cause.code) &&
        (winner.cause.confidence !== 'possible' || loser.cause.confidence === 'possible') &&
        // What is by design, and harms nobody, explains no failure.
        (winner.cause.severity !== 'info' || loser.cause.severity === 'info') &&
        touches(winner, loser),
    );
  const judged = sorted.map((standing): Standing => {
    const winner = winnerOf(standing);
    return winner === undefined ? standing : { ...standing, supports: winner.cause.code };
  });
  const standing = judged.filter((s) => s.supports === undefined);
  return [...standing.map((s) => tempered(s, standing)), ...judged.filter((s) => s.supports !== undefined)];
}

/** "proven" is never said while another explanation fits the same evidence. */
function tempered(standing: Standing, all: readonly Standing[]): Standing {
  const rival = all.some(
    (other) =>
      other.cause.code !== standing.cause.code &&
      other.cause.confidence !== 'possible' &&
      standing.explained.some((s) => other.explained.includes(s)),
  );
  return rival && standing.cause.confidence === 'proven'
    ? { ...standing, cause: { ...standing.cause, confidence: 'likely' } }
    : standing;
}

/** The strongest cause that stands and explains the symptom. */
export const explainerOf = (symptom: FindingDraft, standings: readonly Standing[]): CauseCode | undefined =>
  (
    standings.find((s) => s.supports === undefined && s.explained.includes(symptom)) ??
    standings.find((s) => s.explained.includes(symptom))
  )?.cause.code;
