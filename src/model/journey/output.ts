import type { Host, NextHop } from '../host/host.js';
import { sourceFor } from '../host/source-address.js';
import { virtualServer } from '../host/virtual-server.js';
import { balance } from './balance.js';
import { entryFor, tracked, unSnat } from './conntrack.js';
import { deliverHere } from './deliver.js';
import { pass, rerouted } from './hooks.js';
import type { Packet } from './packet.js';
import { postrouting } from './postrouting.js';
import { keyOf, route } from './route-step.js';
import { assuming, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** IPVS takes packets in LOCAL_OUT after destination NAT and before the filters (NF_IP_PRI_NAT_DST + 2, ip_vs_ops). */
const IPVS_OUT_PRIORITY = -98;

/**
 * A packet that the host makes itself (net/ipv4/ip_output.c): routing chooses device and source, OUTPUT may rewrite it, then
 * it is routed again with the source that it already has, then POSTROUTING.
 */
export function output(host: Host, start: Walking, bound: boolean): readonly Moved[] {
  const entry = entryFor(start.packet, host.name, start.known);
  const out: Moved[] = [];
  for (const routed of route(host, start, keyOf(start.packet, bound ? {} : { src: undefined }), 'output-route')) {
    if (routed.kind === 'over') {
      out.push(routed.moved);
      continue;
    }
    let walking = routed.walking;
    let packet: Packet = walking.packet;
    if (!bound && packet.src === '') {
      const chosen = sourceFor(host, routed.answer, routed.kind === 'onwards' ? routed.hop : undefined, packet.dst);
      if (chosen.kind === 'unknown') {
        out.push(lostTrack(walking, host.name, 'output-route', chosen.missing));
        continue;
      }
      packet = { ...packet, src: chosen.value };
      walking = stepped(
        assuming(walking, chosen.assumptions),
        { node: host.name, stage: 'output-route', says: `the source address is ${chosen.value}`, at: chosen.at },
        packet,
      );
    }
    packet = tracked(packet, entry, start.known.length > 0);
    const before = packet;
    if (entry !== undefined) packet = unSnat(packet, entry);
    const server =
      routed.kind === 'local' && walking.inside === undefined ? virtualServer(host, packet, routed.dev) : undefined;
    if (server !== undefined) {
      const passed = pass(host, { ...walking, packet }, { hook: 'OUTPUT', oif: 'lo', before: IPVS_OUT_PRIORITY });
      out.push(...passed.over, ...passed.on.flatMap((on) => balance(host, on, before, server, 'output', undefined)));
      continue;
    }
    const oif = routed.kind === 'local' ? 'lo' : routed.hop.dev;
    const passed = pass(host, { ...walking, packet }, { hook: 'OUTPUT', oif });
    out.push(...passed.over);
    for (const on of passed.on) {
      if (!rerouted(before, on.packet)) {
        out.push(...leave(host, on, before, routed.kind === 'local' ? undefined : routed.hop));
        continue;
      }
      for (const again of route(host, on, keyOf(on.packet), 'output-route')) {
        if (again.kind === 'over') out.push(again.moved);
        else out.push(...leave(host, again.walking, before, again.kind === 'local' ? undefined : again.hop));
      }
    }
  }
  return out;
}

/** POSTROUTING, and out by the device; without a hop the packet is for the host itself. */
function leave(host: Host, walking: Walking, before: Packet, hop: NextHop | undefined): readonly Moved[] {
  const oif = hop === undefined ? 'lo' : hop.dev;
  if (oif === undefined) {
    return [
      lostTrack(walking, host.name, 'output-route', {
        what: `the device of the route to ${walking.packet.dst}`,
        collect: `ip route show table all    # on ${host.name}`,
      }),
    ];
  }
  return postrouting(host, walking, before, oif, undefined, undefined, hop?.via).flatMap((on): readonly Moved[] =>
    'position' in on
      ? [on]
      : hop === undefined
        ? loopedBack(host, on, before)
        : [{ walking: on, position: { at: 'transmit', node: host.name, oif, hop } }],
  );
}

/** By `lo` it comes in again: PREROUTING and INPUT, but no second routing decision (the packet still has its first one). */
function loopedBack(host: Host, walking: Walking, before: Packet): readonly Moved[] {
  const passed = pass(host, walking, { hook: 'PREROUTING', iif: 'lo' });
  return [...passed.over, ...passed.on.flatMap((on) => deliverHere(host, on, before, 'lo'))];
}
