import type { Dumped } from './dump.js';

/** Words of tshark's that are no field of a frame. */
const NOT_OURS = new Set(['time', 'stack', 'ifindex', 'packetType', 'quotedDone', 'opaque', 'inFragment']);

/** Fields that tshark must show when the frame has them; the others it shows only at times. */
const BOTH_WAYS = [
  ...['src', 'dst', 'outerSrc', 'outerDst', 'proto', 'sport', 'dport', 'outerSport', 'outerDport', 'vlan', 'vni'],
  ...['tcpFlags', 'seq', 'ack', 'icmpType', 'quotedSrc', 'quotedSport', 'quotedSeq', 'icmpMtu', 'arpOp', 'ttl', 'ipId'],
  ...['mss', 'windowScale', 'tsVal', 'fragOffset', 'macSrc', 'innerMacSrc'],
];

function timeOf(frame: Dumped): string {
  return frame.sec === -1 ? '' : `${frame.sec}.${String(frame.nsec).padStart(9, '0')}`;
}

/** Where a frame and tshark's view of it differ: `field: ours tshark's`. */
export function differences(ours: Dumped, theirs: Dumped): string[] {
  const found: string[] = [];
  if (theirs.time !== undefined && timeOf(ours) !== theirs.time) found.push(`time: ${timeOf(ours)} ${theirs.time}`);
  for (const [name, value] of Object.entries(theirs)) {
    if (NOT_OURS.has(name) || ours[name] === value) continue;
    found.push(`${name}: ${ours[name]} ${value}`);
  }
  for (const name of BOTH_WAYS) {
    if (theirs[name] === undefined && ours[name] !== -1 && ours[name] !== '') found.push(`${name}: ${ours[name]} none`);
  }
  return found;
}
