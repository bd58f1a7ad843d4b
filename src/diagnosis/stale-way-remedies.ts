import type { Remedy } from '../core/finding.js';
import { formatPrefix } from '../core/prefix.js';
import type { HostRoute } from '../model/host/host.js';
import { restartAgent } from './agent.js';
import type { Case } from './cause.js';
import { rewritten, shownCnis } from './shown-cni.js';
import type { PeerWay } from './stale-route.js';

/** What brings a stale way to the peer's present address: the agent, which writes it anew, and the same by hand at once. */
export function staleWayRemedies(given: Case, way: PeerWay, right: string | undefined): readonly Remedy[] {
  const { host, peer, route, sample } = way;
  const look =
    way.by === 'remote'
      ? `ip -d link show ${way.hop.dev}`
      : way.by === 'fdb'
        ? `bridge fdb show dev ${way.hop.dev} | grep ${right ?? peer}`
        : `ip route get ${sample}`;
  const agent: Remedy = {
    command: restartAgent(given.cluster, host.name),
    why: `The agent on ${host.name} writes all its routes and entries anew when it starts, from what the nodes announce now.`,
    verify: `${look}    # on ${host.name}${right === undefined || way.by === 'fdb' ? '' : `: ${way.by === 'remote' ? 'remote' : 'via'} ${right}`}; then try the connection again`,
    rollback: 'none needed: the agent only writes what the nodes announce',
  };
  const byHand = entryByHand(way, right);
  // No agent writes a route with this mark: a person or the host's own network configuration did.
  if (route.proto === 'static' && way.by === 'route')
    return [...byHand.map(lasting), ...(shownCnis(given.cluster).size > 0 || byHand.length === 0 ? [agent] : [])];
  return rewritten(given.cluster, agent, byHand);
}

function entryByHand(way: PeerWay, right: string | undefined): readonly Remedy[] {
  if (way.by === 'remote') return right === undefined ? [] : [inDevice(way, right)];
  if (way.by === 'fdb') return way.mac === undefined ? [] : [inFdb(way, way.mac, right ?? 'ADDRESS_OF_THE_PEER')];
  return right === undefined ? [] : [replaced(way, right)];
}

/** The FDB's entry with the peer's address; the undo puts the old one back. */
function inFdb({ host, peer, hop, address }: PeerWay, mac: string, right: string): Remedy {
  const replace = (dst: string): string => `bridge fdb replace ${mac} dev ${hop.dev} dst ${dst} self permanent`;
  return {
    command: `${replace(right)}    # on ${host.name}`,
    why: `At once: envelopes for ${peer} go to its present address${right === 'ADDRESS_OF_THE_PEER' ? ' (ip addr on it tells which)' : ''}.`,
    verify: `bridge fdb show dev ${hop.dev} | grep ${mac}    # on ${host.name}: dst ${right}; then try the connection again`,
    rollback: `${replace(address)}    # on ${host.name}`,
  };
}

/** The other end of the tunnel device; its kind is part of the command (ip-link(8)). */
function inDevice({ host, peer, hop, address, sample }: PeerWay, right: string): Remedy {
  const kind = host.devices.get(hop.dev!)?.kind ?? 'KIND';
  const change = (remote: string): string => `ip link set ${hop.dev} type ${kind} remote ${remote}`;
  return {
    command: `${change(right)}    # on ${host.name}`,
    why: `At once: envelopes for ${peer} go to its present address. Whoever makes ${hop.dev} has to be told as well, or the old one is back after a restart.`,
    verify: `ip -d link show ${hop.dev}; ping -c 1 ${sample}    # on ${host.name}: remote ${right}`,
    rollback: `${change(address)}    # on ${host.name}`,
  };
}

const lasting = (remedy: Remedy): Remedy => ({
  ...remedy,
  why: `${remedy.why} The route is marked static: change it in the host's network configuration as well, or it is back after a restart.`,
});

function replaced({ host, peer, route, hop, sample }: PeerWay, right: string): Remedy {
  return {
    command: `${typed(route, right, false)}    # on ${host.name}`,
    why: `At once: ${peer}'s present address as next hop.`,
    verify: `ip route get ${sample}; ping -c 1 ${right}    # on ${host.name}: via ${right}; then try the connection again`,
    rollback: `${typed(route, hop.via!, true)}    # on ${host.name}`,
  };
}

/**
 * The command that makes the route with this next hop. `ip route replace` finds the old one by prefix, table and metric, so
 * these stay; `proto` is only put back, as BIRD takes away routes of its own mark that it does not know.
 */
function typed(
  { prefix, table, metric, src, proto, mtu, hops: [hop] }: HostRoute,
  via: string,
  asWas: boolean,
): string {
  const family = prefix.family === 6 ? 'ip -6' : 'ip';
  const words = [
    `${family} route replace ${formatPrefix(prefix)} via ${via} dev ${hop!.dev}`,
    asWas && proto !== undefined && proto !== 'boot' ? `proto ${proto}` : '',
    table === 'main' ? '' : `table ${table}`,
    metric === (prefix.family === 6 ? 1024 : 0) ? '' : `metric ${metric}`,
    src === undefined ? '' : `src ${src}`,
    mtu === undefined ? '' : `mtu ${mtu}`,
    hop!.onlink ? 'onlink' : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}
