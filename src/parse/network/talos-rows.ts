import { canonicalAddress } from '../../core/address.js';
import { interfaceAddress, route, rule, sysctl } from '../../core/event/network.js';
import { canonicalPrefix, parsePrefix } from '../../core/prefix.js';
import type { Sink } from '../../core/sink.js';
import { emitLink } from './link-rows.js';
import { protocolName, scopeName, tableName } from './route-line.js';
import type { Shown, TalosDocument } from './talos-document.js';

type Values = ReadonlyMap<string, Shown>;

const word = (values: Values, key: string): string | undefined => {
  const value = values.get(key)?.value;
  return value === undefined || value === '' ? undefined : value;
};
const number = (values: Values, key: string): number | undefined => {
  const text = word(values, key);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
};
const address = (values: Values, key: string): string | undefined => canonicalAddress(word(values, key) ?? '');
/** Values that Talos has no name for are printed with their type: `RoutingTable(1000)`, `RouteProtocol(80)`. */
const named = (text: string | undefined): string | undefined => /^\w+\((\d+)\)$/.exec(text ?? '')?.[1] ?? text;
const familyOf = (spec: Values): 4 | 6 => (word(spec, 'family') === 'inet6' ? 6 : 4);
const prefixOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : canonicalPrefix(text);

/**
 * RouteStatus (Talos `pkg/machinery/resources/network/route_status.go`). The line cited is that of the ID, which has family,
 * gateway, destination and metric in it. Flags of next hops are not kept, `onlink` is one of them: a next hop that the kernel holds is
 * taken for reachable as it says.
 */
export function emitRoute(sink: Sink, { metadata, spec, nextHops }: TalosDocument): void {
  const at = (metadata.get('id') ?? spec.get('dst'))?.at;
  const family = familyOf(spec);
  const dst = spec.get('dst');
  const printed = word(spec, 'dst');
  const prefix = printed === undefined ? (family === 4 ? '0.0.0.0/0' : '::/0') : canonicalPrefix(printed);
  if (at === undefined || dst === undefined || prefix === undefined) return;
  const table = named(word(spec, 'table'));
  const proto = named(word(spec, 'protocol'));
  const scope = word(spec, 'scope');
  const common = {
    family,
    table: table === undefined ? 'main' : tableName(table),
    type: word(spec, 'type') ?? 'unicast',
    dst: prefix,
    src: address(spec, 'src'),
    // As `ip route` has it: the default is not shown.
    metric: number(spec, 'priority') || undefined,
    proto: proto === undefined ? undefined : protocolName(proto),
    scope: scope === undefined ? undefined : scopeName(scope),
    mtu: number(spec, 'mtu'),
  };
  const hops = nextHops.length === 0 ? [spec] : nextHops;
  hops.forEach((hop, index) => {
    const via = address(hop, 'gateway');
    sink.emit(
      route,
      {
        ...common,
        via,
        dev: word(hop, 'outLinkName'),
        onlink: via !== undefined,
        hop: index,
        weight: nextHops.length === 0 ? undefined : number(hop, 'weight'),
      },
      (nextHops.length === 0 ? undefined : hop.get('gateway')?.at) ?? at,
    );
  });
}

/** AddressStatus (`address_status.go`); its ID is `LINK/ADDRESS/LENGTH`. */
export function emitAddress(sink: Sink, { metadata, spec }: TalosDocument): void {
  const at = (metadata.get('id') ?? spec.get('address'))?.at;
  const ifname = word(spec, 'linkName');
  const prefix = parsePrefix(word(spec, 'address') ?? '');
  if (at === undefined || ifname === undefined || prefix === undefined) return;
  // `address` is the peer's on a point-to-point link; `local` is what stands on this side.
  const printed = canonicalAddress(word(spec, 'address')!.replace(/\/\d+$/, ''));
  const own = address(spec, 'local') ?? printed;
  if (own === undefined) return;
  const flags = word(spec, 'flags')?.split(',');
  sink.emit(
    interfaceAddress,
    {
      ifname,
      address: own,
      prefix_length: prefix.length,
      family: prefix.family,
      peer: printed === own ? undefined : printed,
      scope: word(spec, 'scope'),
      flags: flags?.filter((flag) => flag !== 'permanent').length === 0 ? undefined : flags,
    },
    at,
  );
}

/** LinkStatus (`link_status.go`). Masters and parents are told by index: `nameOf` says whose it is. */
export function emitLinkStatus(
  sink: Sink,
  { metadata, spec }: TalosDocument,
  nameOf: (index: number | undefined) => string | undefined,
): void {
  const id = metadata.get('id');
  if (id === undefined || id.value === '') return;
  const kind = word(spec, 'kind');
  const mac = word(spec, 'hardwareAddr')?.toLowerCase();
  const parent = number(spec, 'linkIndex');
  const isCable = kind === 'veth';
  emitLink(
    sink,
    {
      ifname: id.value,
      ifindex: number(spec, 'index'),
      mtu: number(spec, 'mtu'),
      state: word(spec, 'operationalState')?.toUpperCase(),
      flags: word(spec, 'flags')?.split(','),
      master: nameOf(number(spec, 'masterIndex')),
      // The other end of a pod's cable has its number in another namespace.
      parent: parent === undefined || parent === 0 ? undefined : isCable ? `if${parent}` : nameOf(parent),
      mac: mac !== undefined && /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/.test(mac) ? mac : undefined,
      kind,
    },
    id.at,
    [],
  );
}

/** RoutingRuleStatus (`routing_rule_status.go`, Talos 1.13 and later). */
export function emitRule(sink: Sink, { metadata, spec }: TalosDocument): void {
  const at = (metadata.get('id') ?? spec.get('priority'))?.at;
  const priority = number(spec, 'priority');
  if (at === undefined || priority === undefined) return;
  const action = word(spec, 'action') ?? 'unicast';
  const table = named(word(spec, 'table'));
  const from = prefixOf(word(spec, 'src'));
  const to = prefixOf(word(spec, 'dst'));
  const [iif, oif] = [word(spec, 'iifName'), word(spec, 'oifName')];
  const hex = (n: number): string => `0x${n.toString(16)}`;
  const mark = number(spec, 'fwMark');
  const mask = number(spec, 'fwMask');
  const fwmark =
    mark === undefined ? undefined : `${hex(mark)}${mask === undefined || mask === 0xffffffff ? '' : `/${hex(mask)}`}`;
  const looks = action === 'unicast' || action === 'unspec';
  const words = [
    `from ${from ?? 'all'}`,
    to === undefined ? [] : `to ${to}`,
    fwmark === undefined ? [] : `fwmark ${fwmark}`,
    iif === undefined ? [] : `iif ${iif}`,
    oif === undefined ? [] : `oif ${oif}`,
    looks ? `lookup ${table ?? 'main'}` : action,
  ];
  sink.emit(
    rule,
    {
      family: familyOf(spec),
      priority,
      not: false,
      from,
      to,
      iif,
      oif,
      fwmark,
      action: looks ? 'lookup' : action,
      table: looks ? tableName(table ?? 'main') : undefined,
      spec: words.flat().join(' '),
    },
    at,
  );
}

/** KernelParamStatus (`pkg/machinery/resources/runtime/kernel_params_status.go`): only settings that Talos itself looks after. */
export function emitSetting(sink: Sink, { metadata, spec }: TalosDocument): void {
  const key = /^proc\.sys\.(net\..+)$/.exec(word(metadata, 'id') ?? '')?.[1];
  const current = spec.get('current');
  if (key === undefined || current === undefined || word(spec, 'unsupported') === 'true') return;
  sink.emit(sysctl, { key, value: current.value }, current.at);
}
