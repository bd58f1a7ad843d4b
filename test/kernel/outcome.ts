import type { Observation, Sighting } from './lab.js';

/** Where a packet really ended. */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly namespace: string;
      readonly src: string;
      readonly dst: string;
      readonly sport?: number | undefined;
      readonly dport?: number | undefined;
    }
  /** Somebody answered with an error: `icmp 3/13`, `reset`. */
  | { readonly kind: 'rejected'; readonly namespace: string; readonly how: string }
  /** The sending call failed: it never became a packet on a device. */
  | { readonly kind: 'refused'; readonly error: string }
  /** Seen last here, and nobody said a word. */
  | { readonly kind: 'lost'; readonly last: Sighting | undefined };

/** What became of the request. */
export function requestOutcome({ refused, sightings }: Observation): Outcome {
  const request = sightings.filter((seen) => seen.kind === 'request');
  const taken = request.find((seen) => seen.how === 'taken' && seen.outer === undefined);
  if (taken !== undefined) return delivered(taken);
  const error = sightings.find(
    (seen) =>
      (seen.kind === 'error' && seen.type !== REDIRECT && seen.about?.kind === 'request') || seen.kind === 'reset',
  );
  if (error !== undefined) {
    const how = error.kind === 'reset' ? 'reset' : `icmp ${error.type}/${error.code}`;
    return { kind: 'rejected', namespace: error.namespace, how };
  }
  if (refused !== null) return { kind: 'refused', error: refused };
  return { kind: 'lost', last: lastOf(request) };
}

/** What became of the answer, when the request arrived: undefined when there was none to see. */
export function replyOutcome({ sightings }: Observation, origin: string): Outcome | undefined {
  const reply = sightings.filter((seen) => seen.kind === 'reply' || (seen.kind === 'reset' && seen.proto === 'tcp'));
  const taken = reply.find((seen) => seen.how === 'taken' && seen.namespace === origin && seen.outer === undefined);
  if (taken !== undefined) return delivered(taken);
  const error = sightings.find(
    (seen) => seen.kind === 'error' && seen.type !== REDIRECT && ['reply', 'reset'].includes(seen.about?.kind ?? ''),
  );
  if (error !== undefined)
    return { kind: 'rejected', namespace: error.namespace, how: `icmp ${error.type}/${error.code}` };
  return reply.length === 0 ? undefined : { kind: 'lost', last: lastOf(reply) };
}

const REDIRECT = 5;

const delivered = ({ namespace, src, dst, sport, dport }: Sighting): Outcome => ({
  kind: 'delivered',
  namespace,
  src,
  dst,
  sport,
  dport,
});

/** What is flooded on a wire passes by hosts that it is not for; at a bridge's port it is on its way to the bridge. */
const lastOf = (seen: readonly Sighting[]): Sighting | undefined =>
  seen.findLast((sighting) => sighting.how !== 'passing-by') ?? seen.at(-1);

/** One line of a sighting, as reports print it. */
export function sightingWords(seen: Sighting): string {
  const at = `${seen.namespace.replace(/^ptk-/, '')} ${seen.device ?? ''} ${seen.how}`;
  const port = (n: number | undefined): string => (n === undefined ? '' : `:${n}`);
  const what = seen.kind === 'error' ? `error icmp ${seen.type}/${seen.code} about ${seen.about?.kind}` : seen.kind;
  const outer = seen.outer === undefined ? '' : ` in vxlan ${seen.outer.src} > ${seen.outer.dst} vni ${seen.outer.vni}`;
  return `${at}: ${what} ${seen.proto} ${seen.src}${port(seen.sport)} > ${seen.dst}${port(seen.dport)} ttl ${seen.ttl}${outer} to ${seen.mac ?? '-'}`;
}
