import type { Exhibits } from '../core/exhibits.js';
import { CLUSTER, CONVERSATION, TIMELINE } from './exhibits-shape.js';
import { misfit } from './shape.js';

/** What a report of another version draws, as far as this version can draw it, and what it cannot. */
export interface Drawable {
  readonly exhibits: Exhibits;
  /** What is left out: `the cluster`. */
  readonly lost: readonly string[];
}

type Loose = Readonly<Record<string, unknown>>;
const loose = (value: unknown): Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * The exhibits of a report, whichever version made it: fields that came later are filled in where their absence can mean one
 * thing only, and what still is not as this version draws it is left out.
 */
export function drawable(exhibits: unknown): Drawable {
  const { conversations, cluster, timeline } = loose(exhibits);
  const told = listed(conversations).map(conversationOfNow);
  const drawn = told.filter((one) => misfit(one, CONVERSATION, '') === undefined);
  const map = mapOfNow(cluster);
  const [mapFits, timeFits] = [misfit(map, CLUSTER, '') === undefined, misfit(timeline, TIMELINE, '') === undefined];
  return {
    exhibits: {
      conversations: drawn,
      cluster: mapFits ? map : { nodes: [], ways: [] },
      timeline: timeFits ? timeline : { events: [], more: 0 },
    } as Exhibits,
    lost: [
      ...(Array.isArray(conversations) && drawn.length === told.length ? [] : ['the journey']),
      ...(mapFits ? [] : ['the cluster']),
      ...(timeFits ? [] : ['the time line']),
    ],
  };
}

/** Before `how` there was, only ends of the walk and losses between two captures were marked; taps were captures. */
function conversationOfNow(value: unknown): unknown {
  const one = loose(value);
  const { breaksAt, parting, ladder } = one;
  return {
    ...one,
    ...(breaksAt !== undefined && {
      breaksAt: { how: parting === 'vanished' ? 'lost' : 'stops', ...loose(breaksAt) },
    }),
    ...(ladder !== undefined && {
      ladder: {
        ...loose(ladder),
        taps: listed(loose(ladder)['taps']).map((tap) => ({ kind: 'capture', ...loose(tap) })),
      },
    }),
  };
}

/** Before `differs` there was, all that is said of a node stood in `odd`. */
const mapOfNow = (value: unknown): unknown => {
  const map = loose(value);
  return { ...map, nodes: listed(map['nodes']).map((node) => ({ differs: [], ...loose(node) })) };
};
