import { canonicalAddress } from '../../core/address.js';
import { fdb, interfaceAddress, neighbour, rule } from '../../core/event/network.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import { isAddressFlag } from './ip-addr.js';
import { isArray, isObject, type Json, type JsonObject, type JsonText } from './json-text.js';
import {
  emitDeviceCounter,
  emitLink,
  endpoint,
  type LinkFacts,
  type PortFacts,
  type TunnelFacts,
} from './link-rows.js';
import { protocolName, type RouteLine, scopeName, tableName } from './route-line.js';

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
const number = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);
const texts = (value: Json | undefined): string[] => (isArray(value) ? value.flatMap((item) => text(item) ?? []) : []);
const address = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? canonicalAddress(value) : undefined;
const orNone = (list: readonly string[]): readonly string[] | undefined => (list.length === 0 ? undefined : list);

/** A route or a next hop as `ip -j route` prints it, in the shape of the text form (iproute2 `ip/iproute.c`). */
export function routeOfJson(o: JsonObject): RouteLine {
  const via = isObject(o['via']) ? address(o['via']['host']) : undefined;
  const dst = text(o['dst']);
  const metrics = isArray(o['metrics']) && isObject(o['metrics'][0]) ? o['metrics'][0] : undefined;
  const flags = texts(o['flags']);
  if (o['encap'] !== undefined) flags.push('encap');
  if (o['nhid'] !== undefined && o['gateway'] === undefined && o['dev'] === undefined && via === undefined)
    flags.push('nhid');
  if (text(o['tos']) !== undefined && o['encap'] === undefined) flags.push(`tos=${text(o['tos'])}`);
  const from = text(o['from']);
  const proto = text(o['protocol']);
  const scope = text(o['scope']);
  const table = text(o['table']);
  return {
    type: text(o['type']),
    dst: dst === undefined || dst === 'default' ? dst : canonicalPrefix(dst),
    from,
    iif: text(o['iif']),
    mark: text(o['mark']),
    via: via ?? address(o['gateway']),
    viaOther: via !== undefined,
    dev: text(o['dev']),
    table: table === undefined ? undefined : tableName(table),
    proto: proto === undefined ? undefined : protocolName(proto),
    scope: scope === undefined ? undefined : scopeName(scope),
    src: address(o['prefsrc']),
    metric: number(o['metric']),
    mtu: number(metrics?.['mtu']),
    weight: number(o['weight']),
    onlink: flags.includes('onlink'),
    flags: flags.filter((flag) => flag !== 'onlink'),
    answer: o['cache'] !== undefined || o['uid'] !== undefined,
    six: o['pref'] !== undefined || proto === 'ra',
    cut: false,
  };
}

/** An interface of `ip -j addr`, `ip -j link` with its addresses and counters (iproute2 `ip/ipaddress.c`). */
export function emitInterface(sink: Sink, o: JsonObject, json: JsonText): void {
  const ifname = text(o['ifname']);
  if (ifname === undefined) return;
  const at = json.lineOf(o, 'ifname');
  const info = isObject(o['linkinfo']) ? o['linkinfo'] : undefined;
  const data = info !== undefined && isObject(info['info_data']) ? info['info_data'] : undefined;
  const kind = text(info?.['info_kind']);
  const mac = text(o['address']);
  const flags = texts(o['flags']);
  // `ip -6 addr` looks the peer's index up in the wrong namespace; its objects have neither qdisc nor group.
  const foreign = o['ifindex'] !== undefined && o['qdisc'] === undefined && o['group'] === undefined;
  const facts: LinkFacts = {
    ifname,
    ifindex: number(o['ifindex']),
    mtu: number(o['mtu']),
    state: text(o['operstate']),
    flags: isArray(o['flags']) ? flags : undefined,
    master: text(o['master']),
    parent: foreign
      ? undefined
      : (text(o['link']) ?? (o['link_index'] === undefined ? undefined : `if${text(o['link_index'])}`)),
    mac: mac !== undefined && /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i.test(mac) ? mac.toLowerCase() : undefined,
    kind,
  };
  const port = info?.['info_slave_kind'] === 'bridge' ? info['info_slave_data'] : undefined;
  emitLink(sink, facts, at, [
    ...(data === undefined
      ? []
      : [
          {
            facts: tunnelOf(kind ?? '', data) ?? {},
            at: json.lineOf(data, 'local', 'local6', 'remote', 'remote6', 'id'),
          },
        ]),
    ...(isObject(port) ? [{ facts: portIn(port), at: json.lineOf(port, 'hairpin', 'state') }] : []),
  ]);
  for (const item of isArray(o['addr_info']) ? o['addr_info'] : [])
    if (isObject(item)) emitAddressOf(sink, ifname, item, json.lineOf(item, 'local'));
  const statistics = isObject(o['stats64']) ? o['stats64'] : isObject(o['stats']) ? o['stats'] : undefined;
  for (const direction of ['rx', 'tx'] as const) {
    const side = statistics?.[direction];
    if (!isObject(side)) continue;
    for (const [name, value] of Object.entries(side))
      if (typeof value === 'number' && Number.isInteger(value))
        emitDeviceCounter(sink, ifname, direction, name, BigInt(value), json.lineOf(side, name));
  }
}

const portIn = (port: JsonObject): PortFacts => ({
  port_state: text(port['state']),
  hairpin: typeof port['hairpin'] === 'boolean' ? port['hairpin'] : undefined,
});

function tunnelOf(kind: string, data: JsonObject): TunnelFacts | undefined {
  if (!/^(?:vxlan|geneve|ipip|sit|gre|gretap|ip6tnl|ip6gre|ip6gretap|vti6?)$/.test(kind)) return undefined;
  const virtual = kind === 'vxlan' || kind === 'geneve';
  const facts: TunnelFacts = {
    vxlan_vni: virtual ? number(data['id']) : undefined,
    vxlan_local: endpoint(text(data['local'] ?? data['local6'])),
    vxlan_remote: endpoint(text(data['remote'] ?? data['remote6'] ?? data['group'] ?? data['group6'])),
    vxlan_dev: text(data['link']),
    vxlan_port: virtual ? number(data['port']) : undefined,
  };
  if (kind === 'vxlan') facts.vxlan_learning = data['learning'] !== false;
  return facts;
}

function emitAddressOf(sink: Sink, ifname: string, o: JsonObject, at: Line): void {
  const local = address(o['local']);
  const length = number(o['prefixlen']);
  if (local === undefined || length === undefined) return;
  const family = local.includes(':') ? 6 : 4;
  const flags = Object.keys(o).filter((key) => o[key] === true && isAddressFlag(key));
  sink.emit(
    interfaceAddress,
    {
      ifname,
      address: local,
      prefix_length: length,
      family,
      peer: address(o['address']),
      scope: text(o['scope']),
      flags: orNone(flags),
    },
    at,
  );
}

/** A rule of `ip -j rule`; `spec` is put together as the text form prints it (iproute2 `ip/iprule.c`). */
export function emitRule(
  sink: Sink,
  o: JsonObject,
  at: Line,
  hint: 4 | 6 | undefined,
  before: 4 | 6 | undefined,
): 4 | 6 {
  const end = (host: Json | undefined, length: Json | undefined): string | undefined => {
    const name = text(host);
    return name === undefined || name === 'all' ? undefined : length === undefined ? name : `${name}/${text(length)}`;
  };
  const from = end(o['src'], o['srclen']);
  const to = end(o['dst'], o['dstlen']);
  const family = `${from ?? ''}${to ?? ''}`.includes(':')
    ? 6
    : `${from ?? ''}${to ?? ''}`.includes('.')
      ? 4
      : (hint ?? before ?? 4);
  const fwmark =
    text(o['fwmark']) === undefined
      ? undefined
      : `${text(o['fwmark'])}${o['fwmask'] === undefined ? '' : `/${text(o['fwmask'])}`}`;
  const range = (name: string): string | undefined =>
    text(o[name]) ??
    (o[`${name}_start`] === undefined ? undefined : `${text(o[`${name}_start`])}-${text(o[`${name}_end`])}`);
  const table = text(o['table']);
  const action = o['goto'] !== undefined ? 'goto' : 'nop' in o ? 'nop' : (text(o['action']) ?? 'lookup');
  const words: (string | undefined)[] = ['not' in o ? 'not' : undefined, 'from', from ?? 'all'];
  const add = (word: string, value: string | undefined, mark?: boolean): void => {
    if (value !== undefined) words.push(word, value, mark === true ? '[detached]' : undefined);
  };
  add('to', to);
  add('tos', text(o['tos']));
  add('fwmark', fwmark);
  add('iif', text(o['iif']), 'iif_detached' in o);
  add('oif', text(o['oif']), 'oif_detached' in o);
  add('uidrange', o['uid_start'] === undefined ? undefined : `${text(o['uid_start'])}-${text(o['uid_end'])}`);
  add('ipproto', text(o['ipproto']));
  add('sport', range('sport'));
  add('dport', range('dport'));
  if (action === 'lookup') add('lookup', table);
  else if (action === 'goto') add('goto', text(o['goto']));
  else words.push(action);
  add('suppress_prefixlength', text(o['suppress_prefixlen']));
  add('proto', text(o['protocol']));
  sink.emit(
    rule,
    {
      family,
      priority: number(o['priority']) ?? 0,
      not: 'not' in o,
      from: from === undefined ? undefined : canonicalPrefix(from),
      to: to === undefined ? undefined : canonicalPrefix(to),
      iif: text(o['iif']),
      oif: text(o['oif']),
      fwmark,
      action,
      table: action === 'lookup' && table !== undefined ? tableName(table) : undefined,
      suppress_prefixlength: number(o['suppress_prefixlen']),
      spec: words.filter((word) => word !== undefined).join(' '),
    },
    at,
  );
  return family;
}

/** A neighbour of `ip -j neigh` (iproute2 `ip/ipneigh.c`); flags are keys whose value is null. */
export function emitNeighbour(sink: Sink, o: JsonObject, at: Line, dev: string | undefined): void {
  const host = address(o['dst']);
  const device = text(o['dev']) ?? dev;
  if (host === undefined || device === undefined) return;
  const states = texts(o['state']);
  const flags = Object.keys(o).filter((key) => o[key] === null);
  const state = states.length > 0 ? states.join(',') : flags.includes('proxy') ? 'proxy' : 'NONE';
  sink.emit(
    neighbour,
    { address: host, dev: device, mac: text(o['lladdr'])?.toLowerCase(), state, flags: orNone(flags) },
    at,
  );
}

/** An entry of `bridge -j fdb` (iproute2 `bridge/fdb.c`). */
export function emitFdb(sink: Sink, o: JsonObject, at: Line, device: string | undefined): void {
  const mac = text(o['mac']);
  const dev = text(o['ifname']) ?? device;
  if (mac === undefined || dev === undefined) return;
  const state = text(o['state']);
  const flags = [...texts(o['flags']).filter((flag) => flag !== 'master'), ...(state === undefined ? [] : [state])];
  sink.emit(
    fdb,
    {
      mac: mac.toLowerCase(),
      dev,
      dst: address(o['dst']),
      vni: number(o['vni']),
      port: number(o['port']),
      via: text(o['viaIf']) ?? text(o['via']),
      vlan: number(o['vlan']),
      master: text(o['master']),
      flags: orNone(flags),
    },
    at,
  );
}
