import { canonicalAddress } from '../../core/address.js';
import type { LogLevel } from './log-carrier.js';

/** What a kernel message says of the network. */
export interface KernelMessage {
  readonly code: string;
  readonly level: LogLevel;
  readonly ifname?: string | undefined;
  readonly address?: string | undefined;
  readonly address2?: string | undefined;
  readonly value?: string | undefined;
}

interface Form {
  readonly form: RegExp;
  readonly code: string;
  readonly level: LogLevel;
}

/** Named groups are the columns: `dev`, `a`, `b`, `v`. */
const FORMS: readonly Form[] = [
  {
    code: 'martian-source',
    level: 'warning',
    form: /^(?:IPv4: )?martian source (?<b>\S+) from (?<a>\S+), on dev (?<dev>\S+)/,
  },
  {
    code: 'martian-destination',
    level: 'warning',
    form: /^(?:IPv4: )?martian destination (?<b>\S+) from (?<a>\S+), dev (?<dev>\S+)/,
  },
  {
    code: 'conntrack-full',
    level: 'error',
    form: /(?:nf|ip)_conntrack: table full(?: in netns (?<v>\d+))?, dropping packet/,
  },
  {
    code: 'neighbour-full',
    level: 'error',
    form: /(?:neighbour: )?(?<v>arp_cache|ndisc_cache): neighbor table overflow|Neighbour table overflow/,
  },
  {
    code: 'rate-limited',
    level: 'info',
    form: /^(?:\w+: )?(?:\w*ratelimit|\w+): (?<v>\d+) (?:callbacks|output lines) suppressed/,
  },
  { code: 'rate-limited', level: 'info', form: /^printk: (?<v>\d+) messages suppressed/ },
  {
    code: 'own-source-address',
    level: 'warning',
    form: /^\S+: received packet on (?<dev>\S+) with own address as source address(?: \(addr:(?<v>[0-9a-f:]{17}))?/,
  },
  {
    code: 'duplicate-address',
    level: 'error',
    form: /^IPv6: (?<dev>\S+): IPv6 duplicate address (?<a>\S+) (?:used by (?<v>[0-9a-f:]{17}) )?detected/,
  },
  {
    code: 'duplicate-address',
    level: 'warning',
    form: /NA: (?:(?<v>[0-9a-f:]{17}) )?(?:someone )?advertis\w+ our address (?<a>\S+) on (?<dev>\S+?)!/,
  },
  { code: 'syn-flood', level: 'warning', form: /[Pp]ossible SYN flooding on port (?<v>\S+?)\.(?: |$)/ },
  { code: 'vtep-moved', level: 'info', form: /^(?<dev>\S+): (?<v>[0-9a-f:]{17}) migrated from (?<a>\S+) to (?<b>\S+)/ },
  { code: 'tunnel-ecn', level: 'info', form: /non-ECT from (?<a>\S+) with TOS=(?<v>\S+)/ },
  {
    code: 'tunnel-message',
    level: 'warning',
    form: /^(?:vxlan|geneve|ipip|ip_tunnel|sit|gre|wireguard): (?:(?<dev>[\w.-]+): )?(?!loading|WireGuard|Copyright|IPv[46])/,
  },
  { code: 'conntrack-invalid', level: 'info', form: /^nf_ct_(?:proto_\d+|\w+): / },
  { code: 'bad-checksum', level: 'warning', form: /^(?<dev>\S+): hw csum failure/ },
  {
    code: 'bad-checksum',
    level: 'warning',
    form: /^(?:UDP|TCP): (?:bad checksum|short packet)\. From (?<a>[\d.]+):\d+ to (?<b>[\d.]+):\d+/,
  },
  { code: 'time-wait-overflow', level: 'warning', form: /time wait bucket table overflow/ },
  { code: 'tcp-memory', level: 'error', form: /^TCP: (?:out of memory|too many orphaned sockets)/ },
  {
    code: 'redirect-ignored',
    level: 'info',
    form: /^(?:IPv4: )?host (?<a>[\d.]+)\/if\d+ ignores redirects for (?<b>[\d.]+)/,
  },
  {
    code: 'redirect-ignored',
    level: 'info',
    form: /^(?:IPv4: )?Redirect from (?<a>[\d.]+) on (?<dev>\S+) about (?<b>[\d.]+) ignored/,
  },
  { code: 'netdevice-leak', level: 'warning', form: /^unregister_netdevice: waiting for (?<dev>\S+) to become free/ },
  {
    code: 'tx-timeout',
    level: 'error',
    form: /^(?:NETDEV WATCHDOG: )(?<dev>\S+) .*transmit queue (?<v>\d+) timed out/,
  },
  {
    code: 'ipvs-no-destination',
    level: 'warning',
    form: /^IPVS: \w+: (?:TCP|UDP|SCTP) (?<v>\S+) - no destination available/,
  },
  { code: 'ipset-full', level: 'error', form: /^Set (?<v>\S+) is full, maxelem \d+ reached/ },
  {
    code: 'bridge-netfilter-off',
    level: 'info',
    form: /^bridge: filtering via arp\/ip\/ip6tables is no longer available by default/,
  },
  { code: 'route-cache-full', level: 'error', form: /[Rr]oute cache is full|dst cache overflow/ },
  {
    code: 'link-down',
    level: 'warning',
    form: /^(?:[\w-]+ [\da-f:.]+ |[\w-]+: )?(?<dev>[\w.@-]+):? (?:NIC )?[Ll]ink (?:is )?[Dd]own/,
  },
  {
    code: 'link-up',
    level: 'info',
    form: /^(?:[\w-]+ [\da-f:.]+ |[\w-]+: )?(?<dev>[\w.@-]+):? (?:NIC )?[Ll]ink (?:is )?[Uu]p(?:[ ,-]+(?<v>\d.*))?/,
  },
  {
    code: 'link-down',
    level: 'warning',
    form: /^(?:bonding: )?\S+: \(?(?:slave )?(?<dev>\S+?)\)?:? link status definitely down/,
  },
];

/** Markers of syslog daemons and journald that lines are missing: a gap in the evidence. */
const LOSSES: readonly RegExp[] = [
  /^Suppressed (\d+) messages from /,
  /^Missed (\d+) kernel messages/,
  /\/dev\/kmsg buffer overrun/,
  /imuxsock(?:\[pid \d+\])?:? (?:lost|begins to drop|lost) ?(\d+)? ?messages/,
  /imjournal: (?:(\d+) messages lost|begin to drop messages)/,
];

/**
 * Classifies a kernel message (without carrier). Codes: martian-source, martian-destination, conntrack-full,
 * conntrack-invalid, neighbour-full, route-cache-full, rate-limited, own-source-address, duplicate-address, syn-flood,
 * vtep-moved, tunnel-ecn, tunnel-message, bad-checksum, time-wait-overflow, tcp-memory, redirect-ignored,
 * netdevice-leak, tx-timeout, ipvs-no-destination, ipset-full, bridge-netfilter-off, link-up, link-down. Wording from
 * Linux net/ipv4/route.c, net/netfilter/nf_conntrack_core.c, net/core/neighbour.c, net/core/utils.c,
 * net/bridge/br_fdb.c, net/ipv6/addrconf.c and ndisc.c, net/ipv4/tcp_input.c, drivers/net/vxlan. Undefined: nothing
 * about the network, or noise (promiscuous mode, bridge port states, IPv6 link ready).
 */
export function readKernelMessage(text: string): KernelMessage | undefined {
  for (const { form, code, level } of FORMS) {
    const m = form.exec(text);
    if (m === null) continue;
    const groups = m.groups ?? {};
    return {
      code,
      level,
      ifname: groups.dev,
      address: address(groups.a),
      address2: address(groups.b),
      value: groups.v,
    };
  }
  return undefined;
}

const address = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : canonicalAddress(text.replace(/[,.!]+$/, ''));

/** Codes messages-lost (value: how many) and repeated (value: how often) of syslog daemons, whatever their tag. */
export function readLoss(text: string): KernelMessage | undefined {
  const repeated = /^(?:last )?message repeated (\d+) times?/.exec(text);
  if (repeated !== null) return { code: 'repeated', level: 'info', value: repeated[1] };
  for (const form of LOSSES) {
    const m = form.exec(text);
    if (m !== null) return { code: 'messages-lost', level: 'warning', value: m[1] };
  }
  return undefined;
}
