import { addressValue, contains, parsePrefix } from '../../core/prefix.js';
import { wordTable } from '../../core/word-table.js';
import type { RouteAnswer, Told } from './answer.js';
import { isWhole } from './choose-dump.js';
import type { Host, HostAddress, NextHop } from './host.js';

type Unicast = Extract<RouteAnswer, { kind: 'unicast' }>;

/**
 * The source address that the host takes for a packet of its own: the route's preferred source, else what the kernel
 * selects among the addresses (IPv4: inet_select_addr of net/ipv4/devinet.c; IPv6: RFC 6724 as in net/ipv6/addrconf.c).
 */
export function sourceFor(host: Host, answer: RouteAnswer, hop: NextHop | undefined, dst: string): Told<string> {
  if (answer.kind === 'local') {
    const src = answer.route?.src ?? dst;
    return { kind: 'known', value: src, at: answer.at, assumptions: answer.assumptions };
  }
  if (answer.kind !== 'unicast' || hop === undefined) {
    return unknown(host, `a route of ${host.name} to ${dst}`, 'ip route show table all');
  }
  const { route } = answer;
  if (route.src !== undefined) return { kind: 'known', value: route.src, at: route.at, assumptions: [] };
  const family = route.prefix.family;
  const own = host.addresses[family];
  if (!isWhole(own, hop.dev)) {
    const near = family === 4 && route.srcShown ? nearest(host, hop, dst) : undefined;
    if (near !== undefined) {
      const rest = { what: `the rest of the addresses of ${host.name}`, collect: `ip addr    # on ${host.name}` };
      return { kind: 'known', value: near.address, at: [near.at], assumptions: [rest] };
    }
    return unknown(host, `the addresses of ${hop.dev ?? 'the output device'} on ${host.name}`, 'ip addr');
  }
  const chosen = family === 4 ? select4(host, answer, hop) : select6(host, hop, dst);
  if (chosen === undefined) {
    return isWhole(own)
      ? unknown(host, `an address of ${host.name} that fits the route to ${dst}`, 'ip addr')
      : unknown(host, `all addresses of ${host.name}`, 'ip addr');
  }
  const hidden = {
    what: `whether the route to ${dst} on ${host.name} prefers a source`,
    collect: `ip route show table all    # on ${host.name}`,
    at: route.at,
  };
  return {
    kind: 'known',
    value: chosen.address,
    at: [{ source: chosen.at.source, line: chosen.at.line }],
    assumptions: route.srcShown ? [] : [hidden],
  };
}

const unknown = (host: Host, what: string, command: string): Told<string> => ({
  kind: 'unknown',
  missing: { what, collect: `${command}    # on ${host.name}` },
});

/** Scopes as numbers: the larger, the nearer (include/uapi/linux/rtnetlink.h). */
const SCOPES = wordTable<number>({ global: 0, site: 200, link: 253, host: 254, nowhere: 255 });
const scopeOf = (word: string | undefined): number => SCOPES[word ?? 'global'] ?? (Number(word) || 0);

/**
 * The first primary address of the device whose scope reaches far enough, and of these one whose network holds the
 * gateway; when the device has none, the first one of any other device, the loopback first.
 */
function select4(host: Host, { route }: Unicast, hop: NextHop): HostAddress | undefined {
  const reach = scopeOf(route.scope);
  const primary = host.addresses[4].value.filter((own) => own.at.flags?.includes('secondary') !== true);
  const near = primary.filter((own) => own.ifname === hop.dev && Math.min(scopeOf(own.at.scope), 254) <= reach);
  // The gateway as printed: one that is the host's own address is none to the packet, but counts here.
  const via = route.hops.find((one) => one.at === hop.at)?.via;
  const fitting = via === undefined ? undefined : near.find((own) => contains(own.prefix, via));
  if (fitting !== undefined || near[0] !== undefined) return fitting ?? near[0];
  return primary.find((own) => scopeOf(own.at.scope) !== SCOPES['link'] && scopeOf(own.at.scope) <= reach);
}

/** An address of the device in the network of the next hop: the kernel's choice, unless a list that is not whole hides another one there. */
const nearest = (host: Host, hop: NextHop, dst: string): HostAddress | undefined =>
  host.addresses[4].value.find(
    (own) =>
      own.ifname === hop.dev &&
      own.at.flags?.includes('secondary') !== true &&
      scopeOf(own.at.scope) === SCOPES['global'] &&
      contains(own.prefix, hop.via ?? dst),
  );

/** Labels of the default policy table (RFC 6724 2.1; net/ipv6/addrlabel.c). */
const LABELS = (
  [
    ['::1/128', 0],
    ['::/96', 3],
    ['::ffff:0:0/96', 4],
    ['2001::/32', 6],
    ['2001:10::/28', 7],
    ['2002::/16', 2],
    ['fc00::/7', 5],
    ['::/0', 1],
  ] as const
)
  .map(([text, label]) => ({ prefix: parsePrefix(text)!, label }))
  .sort((a, b) => b.prefix.length - a.prefix.length);
const labelOf = (address: string): number => LABELS.find(({ prefix }) => contains(prefix, address))?.label ?? 1;

const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address);
/** Address scopes of RFC 4291: link-local 2, global 14. */
const scope6 = (address: string): number => (isLinkLocal(address) || address === '::1' ? 2 : 14);

/** Candidates are compared rule by rule; of equal ones the first stays. */
function select6(host: Host, hop: NextHop, dst: string): HostAddress | undefined {
  const usable = host.addresses[6].value.filter(
    (own) =>
      !own.at.flags?.some((flag) => flag === 'tentative' || flag === 'dadfailed') &&
      (!isLinkLocal(dst) || own.ifname === hop.dev),
  );
  const rules: readonly ((own: HostAddress) => number)[] = [
    (own) => Number(own.address === dst),
    // The smallest scope that still reaches; what does not reach is worse, the smaller the worse.
    (own) => (scope6(own.address) >= scope6(dst) ? 100 - scope6(own.address) : scope6(own.address)),
    (own) => Number(own.at.flags?.includes('deprecated') !== true),
    (own) => Number(own.ifname === hop.dev),
    (own) => Number(labelOf(own.address) === labelOf(dst)),
    (own) => Number(own.at.flags?.includes('temporary') !== true),
    (own) => Math.min(commonBits(own.address, dst), own.prefix.length),
  ];
  return usable.reduce<HostAddress | undefined>((best, own) => {
    if (best === undefined) return own;
    for (const rule of rules) {
      const difference = rule(own) - rule(best);
      if (difference !== 0) return difference > 0 ? own : best;
    }
    return best;
  }, undefined);
}

function commonBits(a: string, b: string): number {
  const left = addressValue(a);
  const right = addressValue(b);
  if (left === undefined || right === undefined) return 0;
  const difference = left.value ^ right.value;
  return difference === 0n ? 128 : 128 - difference.toString(2).length;
}
