import { Buffer } from 'node:buffer';
import type { Note } from '../src/core/note.js';
import { ingestMember } from '../src/ingest.js';
import { attributeNodes } from '../src/model/attribution.js';
import { Cluster } from '../src/model/cluster.js';
import { loadFacts } from '../src/model/facts.js';
import { buildHosts } from '../src/model/host/build-hosts.js';
import type { Host } from '../src/model/host/host.js';
import { PARSERS } from '../src/parse/index.js';
import { EventStore } from '../src/store/event-store.js';
import { withWorkspace } from '../src/store/workspace.js';

/** What configuration alone tells: a bundle of text files (`node-1/ip_route.txt`), read as analyze reads it. */
export const clusterOf = async (files: Readonly<Record<string, string>>): Promise<Cluster> =>
  (await read(files, undefined)).cluster;

/** The same with its rows and notes, where so many bytes are there for rows. */
export async function loaded(files: Readonly<Record<string, string>>, room: number) {
  const { cluster, notes } = await read(files, room);
  return { facts: cluster.facts, notes, hosts: buildHosts(cluster) };
}

async function read(
  files: Readonly<Record<string, string>>,
  room: number | undefined,
): Promise<{ readonly cluster: Cluster; readonly notes: readonly Note[] }> {
  return withWorkspace(async ({ dir, storeFile }) => {
    const store = await EventStore.create(storeFile, dir);
    try {
      for (const [path, text] of Object.entries(files)) {
        const bytes = (async function* () {
          yield Buffer.from(text);
        })();
        await ingestMember(store, { path, content: { kind: 'text' }, bytes }, PARSERS);
      }
      await store.endReading(false);
      const facts = await loadFacts(store, room);
      const { artifacts, sources, hostClaims: claims } = store;
      const names = attributeNodes({ artifacts, sources, claims, facts, bundle: '' });
      return { cluster: new Cluster(facts, sources, names), notes: store.notes };
    } finally {
      await store.close(false);
    }
  });
}

/** The hosts of a bundle of text files. */
export const hostsOf = async (files: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Host>> =>
  buildHosts(await clusterOf(files));

/** `node-1`, the only host of files that are named without a folder (`ip_route.txt`, `ip_rule.txt`, `ip_addr.txt`, `sysctl.txt`). */
export async function hostOf(files: Readonly<Record<string, string>>): Promise<Host> {
  const named = { ...files, hostname: 'node-1\n' };
  const hosts = await hostsOf(
    Object.fromEntries(Object.entries(named).map(([name, text]) => [`node-1/${name}`, text])),
  );
  const [host, ...others] = hosts.values();
  if (host === undefined || others.length > 0) throw new Error(`${hosts.size} hosts: ${[...hosts.keys()]}`);
  return host;
}
