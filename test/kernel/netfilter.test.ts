import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Packet } from '../../src/model/journey/packet.js';
import type { Hook, Passage } from '../../src/model/netfilter/passage.js';
import { traverse } from '../../src/model/netfilter/traverse.js';
import { brief, hostOf, packet } from '../model/netfilter/dumped.js';
import {
  ADDRESSES,
  load,
  type Probe,
  type Sighting,
  send,
  setUp,
  sightings,
  tearDown,
  whyNot,
} from './netfilter/lab.js';
import { random } from './netfilter/random.js';
import { randomNft } from './netfilter/random-nft.js';
import { PORTS, ROUTER, randomSets, randomTables, SERVERS, SOURCES } from './netfilter/random-rules.js';

/**
 * The model against this machine's kernel: random rules of both back ends, packets through them, and after each hook a
 * look at which of them are still there, and how. SEED=n repeats one case, CASES=n says how many.
 */

const FIRST = Number(process.env['SEED'] ?? 1);
const CASES = Number(process.env['CASES'] ?? (process.env['SEED'] === undefined ? 12 : 1));
const reason = whyNot();

const isLocal = (address: string): boolean => ROUTER.includes(address) || address.startsWith('127.');
const outDev = (dst: string): string => (isLocal(dst) ? 'lo' : dst.startsWith('10.77.1.') ? 'r0' : 'r1');

interface Stage {
  readonly hook: Hook;
  readonly iif?: string;
  readonly oif?: string;
}

/** The hook after this one, for a packet that has come so far. */
function next(stage: Stage, seen: Sighting): Stage | undefined {
  const oif = outDev(seen.dst);
  switch (stage.hook) {
    case 'PREROUTING':
      return isLocal(seen.dst) ? { hook: 'INPUT', iif: stage.iif! } : { hook: 'FORWARD', iif: stage.iif!, oif };
    case 'FORWARD':
      return { hook: 'POSTROUTING', iif: stage.iif!, oif: stage.oif! };
    case 'OUTPUT':
      return { hook: 'POSTROUTING', oif };
    default:
      return undefined;
  }
}

const same = (passage: Passage, seen: Sighting): boolean =>
  passage.verdict === 'accept' &&
  passage.packet.src === seen.src &&
  passage.packet.dst === seen.dst &&
  passage.packet.dport === seen.dport &&
  passage.packet.mark === seen.mark;

interface Tally {
  certain: number;
  open: number;
}

const startOf = (probe: Probe): Packet =>
  packet(probe.src, probe.dst, {
    proto: probe.proto === 'tcp' ? 6 : 17,
    sport: probe.sport,
    dport: probe.dport,
    length: probe.proto === 'tcp' ? 60 : 40,
    ...(probe.proto === 'tcp' ? {} : { tcpFlags: undefined }),
    ct: { orig: { src: probe.src, dst: probe.dst, sport: probe.sport, dport: probe.dport } } as Packet['ct'],
  });

type SeenAt = ReadonlyMap<string, readonly Sighting[]>;

/**
 * Follows a packet from hook to hook; complaints about the hook where the model says otherwise. What no sighting tells
 * apart (whether conntrack was told to leave it alone) may turn out later: one way that fits to the end is enough.
 */
function follow(
  host: ReturnType<typeof hostOf>,
  walking: Packet,
  stage: Stage,
  sport: number,
  seenAt: SeenAt,
  tally: Tally,
): string[] {
  const passages = traverse(host, { ...stage, packet: walking });
  const seen = seenAt.get(stage.hook)?.find((sighting) => sighting.sport === sport);
  if (passages.length === 1 && passages[0]!.assumptions.length === 0 && passages[0]!.verdict !== 'unknown')
    tally.certain++;
  else tally.open++;
  if (passages.some((passage) => passage.verdict === 'unknown')) return [];
  const fitting = passages.filter((passage) =>
    seen === undefined ? passage.verdict !== 'accept' : same(passage, seen),
  );
  if (fitting.length === 0) {
    const words =
      seen === undefined ? 'gone' : `${seen.src} > ${seen.dst}:${seen.dport} mark 0x${seen.mark.toString(16)}`;
    const before = brief({ verdict: 'accept', packet: walking, steps: [], assumptions: [] });
    return [`${JSON.stringify(stage)} ${before}: kernel ${words}, model ${passages.map(brief).join(' | ')}`];
  }
  const onward = seen === undefined ? undefined : next(stage, seen);
  if (onward === undefined) return [];
  const ends = fitting.map((passage) => follow(host, passage.packet, onward, sport, seenAt, tally));
  return ends.find((complaints) => complaints.length === 0) ?? ends[0]!;
}

describe.skipIf(reason !== undefined)('netfilter of the model and of the kernel', () => {
  beforeEach(setUp);
  afterAll(tearDown);
  const tally: Tally = { certain: 0, open: 0 };
  let sport = 10_000;

  for (let seed = FIRST; seed < FIRST + CASES; seed++) {
    it(`agree on rules of seed ${seed}`, () => {
      const r = random(seed);
      const which = r.below(5);
      const sets = randomSets(r);
      const legacy = which === 1 || which === 4 ? '' : randomTables(r);
      const nft = which === 0 ? '' : randomTables(r);
      const native = which >= 3 ? randomNft(r) : '';
      const loaded = load(sets, legacy, nft, native, r.oneIn(2));
      const probes = Array.from({ length: 16 }, (): Probe => {
        const fromRouter = r.oneIn(4);
        return {
          from: fromRouter ? 'router' : 'client',
          proto: r.pick(['tcp', 'udp']),
          src: fromRouter ? r.pick(ROUTER) : r.pick(SOURCES),
          dst: r.pick([...SERVERS, ...SERVERS, ...ROUTER]),
          sport: r.oneIn(8) ? 200 + (sport++ % 800) : sport++,
          dport: r.pick(PORTS),
        };
      });
      send(probes);
      const seen = sightings();
      const host = hostOf({
        dumps: [
          { text: loaded.legacy, command: 'iptables-legacy-save' },
          { text: loaded.nft, command: 'iptables-nft-save' },
        ].filter((dump) => dump.text !== ''),
        ...(loaded.native === '' ? {} : { nft: loaded.native }),
        ipsets: loaded.sets,
        addresses: ADDRESSES,
      });
      const complaints = probes.flatMap((probe) =>
        follow(
          host,
          startOf(probe),
          probe.from === 'client' ? { hook: 'PREROUTING', iif: 'r0' } : { hook: 'OUTPUT', oif: outDev(probe.dst) },
          probe.sport,
          seen,
          tally,
        ),
      );
      expect(complaints, `${loaded.sets}\n${loaded.legacy}\n${loaded.nft}\n${loaded.native}`).toEqual([]);
    });
  }

  it('is certain most of the time', () => {
    expect(tally.certain, `of ${tally.certain + tally.open}`).toBeGreaterThan(tally.open);
  });
});
