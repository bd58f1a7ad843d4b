import type { Dumped } from './dump.js';

/** Words of tshark's that are no field of a frame. */
const NOT_OURS = new Set([
  'time',
  'stack',
  'encapsulation',
  'ifindex',
  'packetType',
  'quotedDone',
  'vniFlag',
  'headerLength',
  'inFragment',
  'geneveVersion',
]);

/** Fields that tshark must show when the frame has them; the others it shows only at times. */
const BOTH_WAYS = [
  ...['src', 'dst', 'outerSrc', 'outerDst', 'proto', 'sport', 'dport', 'outerSport', 'outerDport', 'vlan', 'vni'],
  ...['tcpFlags', 'seq', 'ack', 'icmpType', 'quotedSrc', 'quotedSport', 'quotedSeq', 'icmpMtu', 'arpOp', 'ttl', 'ipId'],
  ...['mss', 'windowScale', 'tsVal', 'fragOffset', 'macSrc', 'innerMacSrc'],
];

function timeOf(frame: Dumped): string {
  return frame.sec === -1 ? '' : `${frame.sec}.${String(frame.nsec).padStart(9, '0')}`;
}

export interface Difference {
  readonly field: string;
  readonly ours: number | string | undefined;
  /** Absent where tshark does not show the field. */
  readonly theirs: number | string | undefined;
}

/** Where a frame and tshark's view of it differ, in words: `field: ours tshark's`. */
export function differences(ours: Dumped, theirs: Dumped): string[] {
  return differ(ours, theirs).map((d) => `${d.field}: ${d.ours} ${d.theirs ?? 'none'}`);
}

/** Where a frame and tshark's view of it differ. */
export function differ(ours: Dumped, theirs: Dumped): Difference[] {
  const found: Difference[] = [];
  if (theirs.time !== undefined && timeOf(ours) !== theirs.time) {
    found.push({ field: 'time', ours: timeOf(ours), theirs: theirs.time });
  }
  for (const [name, value] of Object.entries(theirs)) {
    if (NOT_OURS.has(name) || ours[name] === value) continue;
    found.push({ field: name, ours: ours[name], theirs: value });
  }
  for (const name of BOTH_WAYS) {
    if (theirs[name] === undefined && ours[name] !== -1 && ours[name] !== '') {
      found.push({ field: name, ours: ours[name], theirs: undefined });
    }
  }
  return found;
}
