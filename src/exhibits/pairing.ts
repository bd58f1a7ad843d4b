import type { PacketRow } from './ladder-packets.js';

/** A packet at one lifeline; its time with the clocks made equal, nanoseconds. */
export interface Sighting {
  readonly row: PacketRow;
  readonly line: number;
  readonly ns: bigint;
}

/** One packet, wherever it was seen; by time. */
export interface Paired {
  readonly sightings: readonly [Sighting, ...Sighting[]];
}

/** One packet passes all taps in this time; what comes again later was sent twice. Clocks are equal to some milliseconds. */
const ONE_PASSAGE_NS = 200_000_000n;

/**
 * Puts copies of one packet together by what neither routers, tunnels nor NAT change. The same numbers again at the same tap,
 * or too late, are the packet sent again. `fits` tells whether the clocks of two lifelines can be compared; where they
 * cannot, copies are taken in the order in which each of the two shows them.
 */
export function paired(sightings: readonly Sighting[], fits: (a: number, b: number) => boolean): readonly Paired[] {
  const byTime = [...sightings].sort((a, b) =>
    a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : a.row.tap - b.row.tap || a.row.place - b.row.place,
  );
  const open = new Map<string, [Sighting, ...Sighting[]][]>();
  const packets: [Sighting, ...Sighting[]][] = [];
  for (const sighting of byTime) {
    const key = identity(sighting.row);
    const alike = open.get(key) ?? [];
    const same = alike.find((group) => belongs(group, sighting, fits));
    if (same !== undefined) same.push(sighting);
    else {
      const group: [Sighting, ...Sighting[]] = [sighting];
      packets.push(group);
      open.set(key, [...alike, group]);
    }
  }
  return unsplit(packets, fits).map((group) => ({ sightings: group }));
}

const belongs = (
  group: readonly Sighting[],
  { row, line, ns }: Sighting,
  fits: (a: number, b: number) => boolean,
): boolean => {
  if (group.some((other) => other.row.tap === row.tap)) return false;
  const near = group.findLast((other) => fits(other.line, line));
  return near === undefined || ns - near.ns < ONE_PASSAGE_NS;
};

/**
 * Segmentation offload makes one tap's frame several at the next: what carries a part of a larger segment's bytes elsewhere, at
 * that time, is that segment.
 */
function unsplit(
  packets: readonly [Sighting, ...Sighting[]][],
  fits: (a: number, b: number) => boolean,
): readonly [Sighting, ...Sighting[]][] {
  const data = packets.filter(([{ row }]) => row.proto === 6 && row.payloadLen > 0);
  const wholeOf = new Map<readonly Sighting[], [Sighting, ...Sighting[]]>();
  for (const part of data) {
    const whole = data.find((other) => !wholeOf.has(other) && carries(other, part, fits));
    if (whole !== undefined) wholeOf.set(part, whole);
  }
  for (const [part, whole] of wholeOf) if (!wholeOf.has(whole)) whole.push(...part);
  for (const group of packets) group.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  return packets.filter((group) => !wholeOf.has(group) || wholeOf.has(wholeOf.get(group)!));
}

function carries(
  group: readonly [Sighting, ...Sighting[]],
  part: readonly [Sighting, ...Sighting[]],
  fits: (a: number, b: number) => boolean,
): boolean {
  const [first] = group;
  const [small] = part;
  const [whole, piece] = [first.row, small.row];
  if (whole.payloadLen <= piece.payloadLen || whole.leg !== piece.leg) return false;
  if (piece.seq < whole.seq || piece.seq + piece.payloadLen > whole.seq + whole.payloadLen) return false;
  const elsewhere = group.every(({ row, line }) => row.tap !== piece.tap && fits(line, small.line));
  const apart = small.ns - first.ns;
  return elsewhere && apart < ONE_PASSAGE_NS && apart > -ONE_PASSAGE_NS;
}

/** Random numbers that the end hosts chose: ports, addresses and the ICMP identifier may be rewritten on the way. */
function identity(row: PacketRow): string {
  const what = `${row.leg} ${row.proto} ${Math.max(row.fragOffset, 0)}`;
  if (row.icmpType >= 0) return `${what} ${row.icmpType} ${row.icmpCode} ${row.icmpSeq} ${row.payloadHash}`;
  // Log lines show no sequence numbers.
  if (row.proto === 6 && row.seq === 0 && row.ack === 0) return `${what} id ${row.ipId} ${row.tcpFlags}`;
  if (row.proto === 6) return `${what} ${row.seq} ${row.ack} ${row.tcpFlags} ${row.tsVal} ${row.payloadLen}`;
  if (row.dnsId >= 0) return `${what} ${row.dnsId} ${row.dnsFlags} ${row.payloadHash}`;
  return `${what} ${row.payloadHash} ${row.payloadLen} ${row.ipId}`;
}
