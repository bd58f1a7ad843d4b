import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeCapture } from '../../src/decode/capture.js';
import { EventStore } from '../../src/store/event-store.js';
import { withWorkspace } from '../../src/store/workspace.js';

const CAPTURES = ['plain.pcap', 'vxlan.pcap', 'ip6ip6.pcap', 'mixed.pcapng', 'ns.pcap'];

/** More than are kept in the database itself; no multiple of anything. */
const MANY = 150_000;

/** A store with packets of real captures, over and over. */
async function filled<T>(many: number, keep: boolean, use: (store: EventStore, dir: string) => Promise<T>): Promise<T> {
  return withWorkspace(async ({ dir, storeFile }) => {
    const store = await EventStore.create(storeFile, dir);
    try {
      const { artifact } = store.addArtifact('a.pcap', 'pcap');
      const source = store.addSource({ artifact, filtered: false });
      while (store.packetCount < many)
        for (const name of CAPTURES)
          await decodeCapture(createReadStream(`test/decode/fixtures/${name}`), store.packetSink(source));
      await store.endReading(keep);
      return await use(store, dir);
    } finally {
      await store.close(keep);
    }
  });
}

const digest = (store: EventStore) =>
  store.query('SELECT count(*) AS n, bit_xor(hash(p)) AS all_values, sum(place) AS places FROM packet_raw p');

it('holds the same packets beside the database as in it', async () => {
  const beside = await filled(MANY, false, async (store, dir) => {
    expect(existsSync(join(dir, 'packets.parquet'))).toBe(true);
    return [await digest(store), await store.query('SELECT * FROM packet_raw ORDER BY ALL LIMIT 500')];
  });
  const within = await filled(MANY, true, async (store, dir) => {
    expect(existsSync(join(dir, 'packets.parquet'))).toBe(false);
    return [await digest(store), await store.query('SELECT * FROM packet_raw ORDER BY ALL LIMIT 500')];
  });
  expect(beside).toEqual(within);
});

it('opens no file of the machine, and writes none', async () => {
  await filled(MANY, false, async (store, dir) => {
    for (const sql of [
      "FROM read_csv('package.json')",
      "FROM read_text('/etc/passwd')",
      `COPY tap TO '${dir}-tap.csv'`,
    ])
      await expect(store.query(sql)).rejects.toThrow(/disabled|Permission/);
  });
});
