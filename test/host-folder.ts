import { Buffer } from 'node:buffer';
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
export async function clusterOf(files: Readonly<Record<string, string>>): Promise<Cluster> {
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
      const facts = await loadFacts(store);
      const { artifacts, sources, hostClaims: claims } = store;
      return new Cluster(facts, sources, attributeNodes({ artifacts, sources, claims, facts, bundle: '' }));
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
