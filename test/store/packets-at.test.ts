import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withModel } from '../../src/analyze.js';
import { type PacketPlace, packetsAtPlaces } from '../../src/store/packets-at.js';

/** Packets by place are read without the view `packet`, because that is faster; what is said of a packet must be the same. */

const captures = readdirSync('test/decode/fixtures')
  .filter((name) => /\.pcap(?:ng)?$/.test(name))
  .map((name) => join('test/decode/fixtures', name));
/** With tcpdump's words, netfilter's log lines, Wireshark's columns, ARP, ICMP, no times, and times without a date. */
const texts = ['tcpdump-text', 'kernel-log', 'packet-csv'].map((parser) => join('samples/formats', parser));
const bundles = ['000-pod-cidr-mismatch.tar.gz', '004-missing-pod-route.zip', '011-healthy-calico-bgp.tar.bz2'].map(
  (name) => join('samples/bundles', name),
);

describe('packets at places are those of the view `packet`', () => {
  it.each([...captures, ...texts, ...bundles])('%s', async (path) => {
    await withModel([path], { threads: 1 }, async ({ store }) => {
      const all = await store.query('SELECT tap, place FROM packet ORDER BY tap, place');
      const places = all.map(({ tap, place }): PacketPlace => [Number(tap), Number(place)]);
      expect(places.length).toBeGreaterThan(0);
      // As the columns come, whatever they are: none that only one of the two knows.
      const found = await packetsAtPlaces(store, places);
      const columns = Object.keys(found[0]!).map((name) => `"${name}"`);
      expect(found).toEqual(await store.query(`SELECT ${columns.join(', ')} FROM packet ORDER BY tap, place`));
    });
  });

  it('of no places are none, and those that are not there are left out', async () => {
    await withModel(['test/decode/fixtures/plain.pcap'], { threads: 1 }, async ({ store }) => {
      expect(await packetsAtPlaces(store, [])).toEqual([]);
      const found = await packetsAtPlaces(store, [
        [1, 2],
        [1, 1],
        [1, 999_999],
        [99, 1],
      ]);
      expect(found.map(({ tap, place }) => [tap, place])).toEqual([
        [1, 1],
        [1, 2],
      ]);
    });
  });
});
