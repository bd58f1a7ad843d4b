import type { ClusterMap, MapWay } from '../../core/exhibits.js';

/** One line between two nodes of the map. */
export interface Bow {
  /** Places of the nodes; a is left of b. */
  readonly a: number;
  readonly b: number;
  readonly state: MapWay['state'];
  /** One line for both directions, which are alike. */
  readonly both: boolean;
  /** From a to b, when it is one direction. */
  readonly forward: boolean;
  /** Distance from the boxes, so that no two lines lie on each other. */
  readonly lane: number;
  /** Where it meets the boxes, as a fraction of their side. */
  readonly atA: number;
  readonly atB: number;
  /** Places in `ways`. */
  readonly ways: readonly number[];
}

type Draft = Omit<Bow, 'lane' | 'atA' | 'atB'>;

const WORST: readonly MapWay['state'][] = ['wrong', 'unknown', 'right'];

/** The worst of several ways decides: a node whose second prefix is lost is not reached. */
export const worst = (ways: readonly MapWay[]): MapWay['state'] =>
  WORST.find((state) => ways.some((way) => way.state === state)) ?? 'unknown';

function drafts({ nodes, ways }: ClusterMap): readonly Draft[] {
  const between = (from: string | undefined, to: string | undefined): readonly number[] =>
    ways.flatMap((way, i) => (way.from === from && way.to === to ? [i] : []));
  const stateOf = (places: readonly number[]): MapWay['state'] => worst(places.flatMap((i) => ways[i] ?? []));
  return nodes.flatMap((left, a) =>
    nodes.slice(a + 1).flatMap((right, k): readonly Draft[] => {
      const b = a + 1 + k;
      const there = between(left.name, right.name);
      const back = between(right.name, left.name);
      if (there.length > 0 && back.length > 0 && stateOf(there) === stateOf(back) && stateOf(there) !== 'wrong')
        return [{ a, b, state: stateOf(there), both: true, forward: true, ways: [...there, ...back] }];
      return [
        ...(there.length > 0 ? [{ a, b, state: stateOf(there), both: false, forward: true, ways: there }] : []),
        ...(back.length > 0 ? [{ a, b, state: stateOf(back), both: false, forward: false, ways: back }] : []),
      ];
    }),
  );
}

/** Lines between the nodes: short ones next to the boxes, each in a lane of its own where they would meet. */
export function bowsOf(cluster: ClusterMap): readonly Bow[] {
  const sorted = [...drafts(cluster)].sort((p, q) => p.b - p.a - (q.b - q.a) || p.a - q.a);
  const laid: (Draft & { lane: number })[] = [];
  for (const draft of sorted) {
    const taken = laid.filter((other) => other.a < draft.b && draft.a < other.b).map(({ lane }) => lane);
    let lane = 0;
    while (taken.includes(lane)) lane++;
    laid.push({ ...draft, lane });
  }
  const place = (node: number, bow: Draft): number => {
    const mine = laid
      .filter((other) => other.a === node || other.b === node)
      .sort((p, q) => order(p, node) - order(q, node));
    return (
      (mine.findIndex((other) => other.a === bow.a && other.b === bow.b && other.forward === bow.forward) + 1) /
      (mine.length + 1)
    );
  };
  return laid.map((bow) => ({ ...bow, atA: place(bow.a, bow), atB: place(bow.b, bow) }));
}

/** Lines to the left meet the box at its left, the deepest outside; so they do not cross each other. */
const order = (bow: Draft & { readonly lane: number }, node: number): number =>
  bow.b === node ? bow.lane - 1000 : 1000 - bow.lane;
