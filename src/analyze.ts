import { MOST_ADDRESSES } from './core/address.js';
import type { ClockDifference, Report } from './core/finding.js';
import { endsEarly, type Note } from './core/note.js';
import { CAUSES } from './diagnosis/causes/index.js';
import { type Complaint as About, judge, type Window } from './diagnosis/judge.js';
import { verdictOf } from './diagnosis/verdict.js';
import { exhibitsOf } from './exhibits/exhibits.js';
import { HEURISTICS } from './heuristics/index.js';
import { ingestMember } from './ingest.js';
import { DEFAULT_LIMITS, type Limits } from './intake/limits.js';
import { openInput } from './intake/open.js';
import { inputName } from './intake/path.js';
import { arrivals } from './model/arrivals.js';
import { prepareAttempts } from './model/attempt-tables.js';
import { attributeNodes } from './model/attribution.js';
import { type ClockOffset, clockOffsets } from './model/clock-offsets.js';
import { Cluster } from './model/cluster.js';
import { loadFacts } from './model/facts.js';
import { prepareOpeners } from './model/flow-state.js';
import { buildHosts } from './model/host/build-hosts.js';
import type { Host } from './model/host/host.js';
import { failedConversations } from './model/journey/conversations.js';
import type { Journeys } from './model/journey/journeys.js';
import { standingConversations } from './model/journey/standing.js';
import { WalkedJourneys } from './model/journey/walked.js';
import { clusterNames } from './model/names.js';
import { boundNodes } from './model/node-bound.js';
import { addressRows, learnNodes, learnPods, learnServers, learnTranslated } from './model/roles.js';
import { Scene } from './model/scene.js';
import { resolveTaps } from './model/taps.js';
import { PARSERS } from './parse/index.js';
import { inventoryCsv } from './parse/kubernetes/inventory-csv.js';
import { mentionedNames } from './redact/mentioned.js';
import { MOST_HOSTS } from './store/admission.js';
import type { SourceRow } from './store/dimensions.js';
import { EventStore } from './store/event-store.js';
import { withWorkspace } from './store/workspace.js';

export interface AnalyzeOptions {
  readonly limits?: Limits;
  /** Where to keep the store; a temporary file when absent. */
  readonly store?: string | undefined;
  readonly about?: About | undefined;
  /** Only findings that fall into this time. */
  readonly window?: Window | undefined;
  /** CSV file with the nodes: name, addresses, podCIDR. */
  readonly inventory?: string | undefined;
  /** Threads of the database, 1 or more; 2 when absent. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly stage: 'reading' | 'looking';
  readonly file?: string;
  readonly bytes: number;
  readonly packets: number;
}

/** Not one byte of any input could be opened and recognised. */
export class NothingRead extends Error {}

/**
 * The whole way, from bytes to report: open the bundle, decode and parse its members into the store, find out whose
 * every file and address is, look for symptoms, ask for causes, quote the evidence.
 */
export async function analyze(paths: readonly string[], options: AnalyzeOptions = {}): Promise<Report> {
  return withModel(paths, options, async ({ store, files, bytes, scene, hosts, journeys }) => {
    const { cluster } = scene;
    await prepareAttempts(scene);
    await prepareOpeners(scene);
    const clocks = await clockOffsets(scene);
    const judgement = await judge(
      scene,
      {
        heuristics: HEURISTICS,
        causes: CAUSES,
        caseOf: async (symptoms) => ({
          scene,
          cluster,
          facts: cluster.facts,
          hosts,
          journeys,
          symptoms,
          failed: await failedConversations(scene, journeys, symptoms, clocks),
          standing: standingConversations(scene, journeys),
        }),
      },
      store,
      { about: options.about, window: options.window },
    );
    const exhibits = await exhibitsOf({ store, scene, hosts, journeys, clocks, judgement });
    const report: Report = {
      schema: 'podtrail.report/1',
      bundle: {
        name: paths.map((path) => inputName(path)).join(' '),
        files,
        bytes,
        packets: store.packetCount,
        nodes: nodeNames(cluster, store.sources),
      },
      verdict: verdictOf(judgement, {
        configuration: cluster.informed,
        cutShort: archivesOf(
          endsEarly(store.notes),
          paths.map((path) => inputName(path)),
        ),
      }),
      clocks: clocks.map(difference),
      about: judgement.about,
      findings: judgement.findings,
      ruledOut: judgement.ruledOut,
      notChecked: judgement.notChecked,
      notRead: store.notes.map(({ file, reason, count, firstLine }) => ({ file, reason, count, firstLine })),
      checks: judgement.checks,
      exhibits,
    };
    return { ...report, names: mentionedNames(clusterNames(cluster), report) };
  });
}

/** The archives of these notes: those within others by their own path, else the inputs. */
const archivesOf = (notes: readonly Note[], inputs: readonly string[]): readonly string[] => [
  ...new Set(
    notes.map(({ file }) =>
      file.includes('!')
        ? file.slice(0, file.lastIndexOf('!'))
        : inputs.length === 1
          ? inputs[0]!
          : file.split('/')[0]!,
    ),
  ),
];

const difference = ({ nodes, offsetNs, packets, includesDelay }: ClockOffset): ClockDifference => ({
  nodes,
  offsetMs: Math.round(offsetNs / 1e4) / 100,
  packets,
  includesDelay,
});

/** A bundle that was read, with the model over it. */
export interface Modelled {
  readonly store: EventStore;
  readonly files: number;
  readonly bytes: number;
  readonly scene: Scene;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly journeys: Journeys;
}

/** Reads the inputs, builds the model, hands both to `use`, and cleans up. */
export async function withModel<T>(
  paths: readonly string[],
  options: AnalyzeOptions,
  use: (modelled: Modelled) => Promise<T>,
): Promise<T> {
  const kept = options.store === undefined ? [] : [options.store, `${options.store}.wal`];
  return withWorkspace(async ({ dir, storeFile, atStop }) => {
    const store = await EventStore.create(options.store ?? storeFile, dir, options.threads);
    atStop(() => store.interrupt());
    try {
      const { files, bytes } = await readInputs(store, paths, dir, options);
      const { refused } = store.addresses;
      if (refused > 0)
        store.note({
          file: paths.map(inputName).join(' '),
          reason: `more than ${MOST_ADDRESSES.all} different addresses, or ${MOST_ADDRESSES.v6} of IPv6: packets count without those that came later`,
          count: refused,
        });
      await store.endReading(options.store !== undefined);
      const facts = await loadFacts(store);
      const names = attributeNodes({
        artifacts: store.artifacts,
        sources: store.sources,
        claims: store.hostClaims,
        facts,
        bundle: paths.length === 1 ? inputName(paths[0]!) : '',
      });
      const ofOthers = boundNodes(store.sources, MOST_HOSTS);
      if (ofOthers.length > 0)
        store.note({
          file: paths.map(inputName).join(' '),
          reason: `more than ${MOST_HOSTS} hosts: what others show was left out, from ${store.artifacts[ofOthers[0]!.artifact - 1]!.file} on`,
          count: ofOthers.length,
        });
      const cluster = new Cluster(facts, store.sources, names);
      const taps = await resolveTaps(store, cluster);
      await learnPods(store, cluster, taps);
      await learnNodes(store, cluster, taps);
      await learnServers(store, cluster, taps);
      await learnTranslated(store, cluster, taps);
      await store.seal(addressRows(store, cluster));
      options.onProgress?.({ stage: 'looking', bytes, packets: store.packetCount });
      const hosts = buildHosts(cluster);
      const scene = new Scene(store, cluster, taps);
      const journeys = new WalkedJourneys(hosts, cluster, await arrivals(scene));
      return await use({ store, files, bytes, scene, hosts, journeys });
    } finally {
      await store.close(options.store !== undefined);
    }
  }, kept);
}

/** What is typed anywhere: the machine need not be of the cluster. */
const FROM_ANYWHERE =
  /^(?:kubectl-|kubernetes-|k8s-|calicoctl-ipam|ippool|inventory-csv|ping|curl|wget|nc|traceroute|dns|uname|hostname)/;

/** The nodes of which something is known, and those of which a dump lies in the bundle that tells the cluster nothing. */
function nodeNames(cluster: Cluster, sources: readonly SourceRow[]): string[] {
  const dumped = sources.flatMap(({ node, netns, format }) =>
    node === undefined || netns !== undefined || format === undefined || FROM_ANYWHERE.test(format) ? [] : [node],
  );
  return [...new Set([...cluster.nodes.keys(), ...dumped])].sort();
}

/** Reads every member of every input into the store. */
async function readInputs(
  store: EventStore,
  paths: readonly string[],
  tempDir: string,
  options: AnalyzeOptions,
): Promise<{ files: number; bytes: number }> {
  let bytes = 0;
  let files = 0;
  let recognised = 0;
  for (const path of paths) {
    const members = openInput(path, {
      limits: options.limits ?? DEFAULT_LIMITS,
      note: (note) => store.note(note),
      tempDir,
      prefix: paths.length > 1 ? `${inputName(path)}/` : '',
      onBytes: (more) => {
        bytes += more;
        options.onProgress?.({ stage: 'reading', bytes, packets: store.packetCount });
      },
    });
    for await (const member of members) {
      files++;
      options.onProgress?.({ stage: 'reading', file: member.path, bytes, packets: store.packetCount });
      if ((await ingestMember(store, member, PARSERS)) === 'read') recognised++;
    }
  }
  for (const { file } of endsEarly(store.notes)) store.cutOff(file);
  if (options.inventory !== undefined) {
    const limits = options.limits ?? DEFAULT_LIMITS;
    for await (const member of openInput(options.inventory, { limits, note: (note) => store.note(note), tempDir })) {
      await ingestMember(store, member, [inventoryCsv]);
    }
  }
  if (recognised === 0) {
    const [note] = store.notes;
    throw new NothingRead(
      note === undefined
        ? `nothing to read in ${paths.map(inputName).join(', ')}`
        : `nothing in ${paths.map(inputName).join(', ')} could be read: ${note.file}: ${note.reason}`,
    );
  }
  return { files, bytes };
}

export type { About, Report, Window };
