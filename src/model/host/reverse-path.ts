import type { Packet } from '../journey/packet.js';
import type { Judged, RouteKey } from './answer.js';
import type { Host } from './host.js';
import { no, yes } from './judgement.js';
import { isMulticast, martianSource } from './martian-source.js';
import { lookup } from './policy-routing.js';
import { eitherSetting, possibleRpFilters, rpFilter } from './settings.js';
import { type Arrival, byDevice, lastResort, ownSource, settingLines, unknownJudgement } from './way-back.js';

/**
 * Whether the kernel accepts the packet's source on this device: ip_route_input_slow and fib_validate_source
 * (net/ipv4/route.c, net/ipv4/fib_frontend.c). `no` means that it drops the packet, and logs a martian when told to. The
 * packet is as PREROUTING left it. IPv6 has no such check.
 */
export function reversePath(host: Host, packet: Packet, iif: string): Judged {
  if (packet.family === 6) return yes('IPv6 checks no reverse path');
  if (iif === 'lo') return yes('packets of the host itself are not checked');
  const martian = martianSource(host, packet, iif);
  if (martian !== undefined) return martian;
  if (isMulticast(packet.dst)) return yes('multicast is checked elsewhere');
  const filters = possibleRpFilters(host, iif);
  const verdicts = outputDevices(host, packet, iif).flatMap((oif) =>
    filters.map((filter) => validate({ host, packet, iif, oif, filter })),
  );
  const [first] = verdicts;
  if (first === undefined) return yes('nothing to check');
  const unsure = verdicts.find((verdict) => verdict.answer === 'unknown');
  if (unsure !== undefined) return unsure;
  if (verdicts.every((verdict) => verdict.answer === first.answer)) return first;
  const setting = rpFilter(host, iif);
  if (setting.kind === 'unknown') return { answer: 'unknown', missing: setting.missing };
  return unknownJudgement('which next hop the packet would leave by', `ip route show table all    # on ${host.name}`);
}

/** By which devices the packet would go on: rules with `iif` see them in the lookup of the way back. Absent: to the host. */
function outputDevices(host: Host, packet: Packet, iif: string): readonly (string | undefined)[] {
  const forward = lookup(host, keyOf(packet, { dst: packet.dst, src: packet.src, iif, mark: packet.mark }));
  if (forward.kind !== 'unicast') return [undefined];
  return [...new Set(forward.hops.map((hop) => hop.dev))];
}

const keyOf = (packet: Packet, key: Pick<RouteKey, 'dst' | 'src' | 'iif' | 'mark'> & { oif?: string }): RouteKey => ({
  family: packet.family,
  proto: packet.proto,
  sport: packet.sport,
  dport: packet.dport,
  ...key,
});

function validate(given: Arrival): Judged {
  const { host, packet, iif, oif, filter } = given;
  const redirects = eitherSetting(host, iif, 'send_redirects');
  // A packet that goes back where it came from is looked at more closely, because of ICMP redirects.
  const quick = oif !== iif || (redirects.kind === 'known' && !redirects.value);
  if (filter === 0 && quick) {
    const accepted = eitherSetting(host, iif, 'accept_local');
    if (accepted.kind === 'known' && accepted.value)
      return { answer: 'yes', says: 'accept_local is on', at: accepted.at };
    if (!hasOwnRules(host)) return ownSource(given);
  }
  const mark = markOf(host, packet, iif);
  if (mark === undefined) {
    const marked = eitherSetting(host, iif, 'src_valid_mark');
    if (marked.kind === 'unknown') return { answer: 'unknown', missing: marked.missing };
  }
  const back = lookup(host, wayBack(packet, { iif: oif, mark: mark ?? 0 }));
  if (back.kind === 'unknown') return { answer: 'unknown', missing: back.missing };
  const setting = settingLines(host, iif);
  switch (back.kind) {
    case 'none':
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return lastResort(given, back, setting);
    case 'broadcast':
    case 'multicast':
      return no(`${packet.src} is a ${back.kind} address on ${host.name}`, back.at);
    case 'local': {
      const accepted = eitherSetting(host, iif, 'accept_local');
      if (accepted.kind === 'known' && accepted.value) return byDevice(given, back, setting);
      return no(`${packet.src} is an address of ${host.name}`, back.at);
    }
    case 'unicast':
      return byDevice(given, back, setting);
  }
}

/** With policy rules of its own a host asks the tables also when the filter is off. */
const hasOwnRules = (host: Host): boolean =>
  host.rules[4].value.some((rule) => rule.priority > 0 && rule.priority < 32766);

const wayBack = (
  packet: Packet,
  { iif, mark }: { readonly iif: string | undefined; readonly mark: number },
): RouteKey =>
  keyOf({ ...packet, sport: packet.dport, dport: packet.sport }, { dst: packet.src, src: packet.dst, iif, mark });

/** The mark counts only with src_valid_mark; undefined when that is not known and there is a mark. */
function markOf(host: Host, packet: Packet, iif: string): number | undefined {
  if (packet.mark === 0) return 0;
  const valid = eitherSetting(host, iif, 'src_valid_mark');
  return valid.kind === 'unknown' ? undefined : valid.value ? packet.mark : 0;
}
