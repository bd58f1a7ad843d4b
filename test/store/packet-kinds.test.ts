import { createReadStream, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeCapture } from '../../src/decode/capture.js';
import { EventStore } from '../../src/store/event-store.js';
import type { PacketKind } from '../../src/store/packet-writer.js';
import { withWorkspace } from '../../src/store/workspace.js';

/** What each kind promises, over the packets as they are stored: a check that asks for nothing else is left out without it. */
const MEANING: Readonly<Record<PacketKind, string>> = {
  tcp: 'proto = 6',
  'syn-ack': 'proto = 6 AND tcp_flags >= 0 AND (tcp_flags & 18) = 18',
  reset: 'proto = 6 AND tcp_flags >= 0 AND (tcp_flags & 4) = 4',
  data: 'proto = 6 AND payload_len > 0',
  udp: 'proto = 17',
  dns: 'proto = 17 AND (dport = 53 OR sport = 53)',
  icmp: 'proto IN (1, 58)',
  large: 'ip_len >= 576',
  tunnel: 'tunnel <> 0',
  quote: 'quoted_dst <> 0',
};

const folder = 'test/decode/fixtures';
const captures = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name));
const kinds = Object.keys(MEANING) as PacketKind[];

const heldBy = (names: readonly string[]) =>
  withWorkspace(async ({ dir, storeFile }) => {
    const store = await EventStore.create(storeFile, dir);
    try {
      const { artifact } = store.addArtifact('a.pcap', 'pcap');
      const source = store.addSource({ artifact, filtered: false });
      for (const name of names) await decodeCapture(createReadStream(`${folder}/${name}`), store.packetSink(source));
      await store.endReading(false);
      const counts = kinds.map((kind) => `count(*) FILTER (${MEANING[kind]}) > 0 AS "${kind}"`);
      const [stored] = await store.query(`SELECT ${counts.join(', ')} FROM packet_raw`);
      return { held: Object.fromEntries(kinds.map((kind) => [kind, store.holds(kind)])), stored };
    } finally {
      await store.close(false);
    }
  });

describe('kinds of packets', () => {
  it.each(captures)('%s holds those that its packets are of', async (name) => {
    const { held, stored } = await heldBy([name]);
    expect(held).toEqual(stored);
  });

  it('are all held by one of these captures or another, and none by no capture', async () => {
    const { held } = await heldBy(captures);
    expect(Object.values(held).every(Boolean)).toBe(true);
    const { held: none } = await heldBy([]);
    expect(Object.values(none).some(Boolean)).toBe(false);
  });
});
