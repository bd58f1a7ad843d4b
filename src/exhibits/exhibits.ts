import type { Exhibits } from '../core/exhibits.js';
import { Failure } from '../core/failure.js';
import { bothOf } from '../core/side-by-side.js';
import type { Judgement } from '../diagnosis/judge.js';
import type { ClockOffset } from '../model/clock-offsets.js';
import type { Host } from '../model/host/host.js';
import type { Journeys } from '../model/journey/journeys.js';
import type { Scene } from '../model/scene.js';
import type { EventStore } from '../store/event-store.js';
import { Quoter } from '../store/evidence.js';
import { clusterMap } from './cluster-map.js';
import { conversationExhibits } from './conversations.js';
import { timelineOf } from './timeline.js';

/** What a report's exhibits are made of: the bundle as it was read, the model over it, and what was found. */
export interface ExhibitRoom {
  readonly store: EventStore;
  readonly scene: Scene;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly journeys: Journeys;
  readonly clocks: readonly ClockOffset[];
  readonly judgement: Judgement;
}

/** Everything that a report draws. An exhibit that cannot be made is left empty and noted: it never costs the report. */
export async function exhibitsOf(room: ExhibitRoom): Promise<Exhibits> {
  const [{ conversations, cluster }, timeline] = await bothOf(
    quotedExhibits(room),
    guarded(room.store, 'time line', { events: [], more: 0 }, () => timelineOf(room.store, room.judgement.findings)),
  );
  return { conversations, cluster, timeline };
}

/** Those that quote: what the first asked for, the second need not ask again. */
async function quotedExhibits(room: ExhibitRoom): Promise<Pick<Exhibits, 'conversations' | 'cluster'>> {
  const { store, scene, hosts, journeys, clocks, judgement } = room;
  const quoter = new Quoter(store);
  return {
    conversations: await guarded(store, 'conversations', [], () =>
      conversationExhibits({ scene, judgement, quoter, ladders: { scene, clocks } }),
    ),
    cluster: await guarded(store, 'map of the cluster', { nodes: [], ways: [] }, () =>
      clusterMap({ cluster: scene.cluster, hosts, journeys, judgement, quoter }),
    ),
  };
}

async function guarded<T>(store: EventStore, what: string, empty: T, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    // The disk is full: no picture's fault.
    if (error instanceof Failure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    store.note({ file: '(report)', reason: `no ${what} (a bug in podtrail: ${why.slice(0, 200)})`, count: 1 });
    return empty;
  }
}
