import { wordTable } from '../../../core/word-table.js';
import type { NfMatch } from '../ruleset.js';
import type { MatchReader, Predicate } from '../sight.js';
import { destination, iprange, source } from './address.js';
import { addrtype } from './addrtype.js';
import { physdev } from './bridge-port.js';
import { conntrack, helper } from './conntrack.js';
import { length, mac, pkttype } from './header.js';
import { icmp } from './icmp.js';
import { inInterface, outInterface } from './interface.js';
import { cgroup, owner } from './local-socket.js';
import { connmark, mark } from './mark.js';
import { ports } from './ports.js';
import { fragment, protocol } from './protocol.js';
import { rpfilter } from './reverse-path.js';
import { set } from './set.js';
import { recent, statistic } from './statistic.js';
import { tcp } from './tcp.js';
import { undecidable, unread } from './unread.js';

/**
 * Matches by name. Those that are not here (limit, hashlimit, connlimit, time, string, u32, bpf, ttl, tos, dscp, quota,
 * cluster, policy, socket, ipvs, …) hang on what no bundle holds, and may hold.
 */
const READERS = wordTable<MatchReader>({
  source,
  destination,
  'in-interface': inInterface,
  'out-interface': outInterface,
  protocol,
  fragment,
  tcp,
  udp: ports('udp'),
  udplite: ports('udplite'),
  sctp: ports('sctp'),
  dccp: ports('dccp'),
  multiport: ports('multiport'),
  icmp: icmp(4),
  icmp6: icmp(6),
  'ipv6-icmp': icmp(6),
  icmpv6: icmp(6),
  mark,
  connmark,
  conntrack,
  state: conntrack,
  helper,
  addrtype,
  set,
  iprange,
  statistic,
  recent,
  physdev,
  rpfilter,
  length,
  mac,
  pkttype,
  owner,
  cgroup,
  // Only counts; with a quota it would print as `--nfacct-name` all the same (xt_nfacct.c).
  nfacct: () => [],
  unread,
});

/** The tests of a match, in the order in which they are written; all must hold. */
export const readMatch = (match: NfMatch): readonly Predicate[] =>
  (READERS[match.name] ?? undecidable(match.name))(match.options);
