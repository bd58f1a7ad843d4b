import { big, int, maybe, table, text, texts } from '../table.js';

/** What programs and people wrote down. */

export const log = table('log', 'A line of a component\u2019s log that concerns the network.', {
  component: text('kernel, flannel, felix, bird, confd, calico-startup, calico-cni, kubelet, kube-proxy, cni, …'),
  level: maybe(text('info, warning, error, fatal, debug.')),
  code: text(
    'What it says, a stable name: interface-chosen, public-ip, backend, lease-failed, martian-source, conntrack-full, neighbour-full, rate-limited, cni-error, …; `other` when it only is of a level worth keeping.',
  ),
  time_ns: maybe(big('Time in nanoseconds, see time_kind.')),
  time_kind: text('epoch, no-zone, no-year, time-of-day, since-boot, none.'),
  message: text('The message without its prefix, at most 1000 characters.'),
  ifname: maybe(text('Interface that the line names.')),
  address: maybe(text('Address that the line names first (martians: source).')),
  address2: maybe(text('Second address (martians: destination).')),
  value: maybe(text('Value that the line names: backend type, count, prefix, …')),
});

export const probe = table('probe', 'A test that somebody ran by hand: ping, curl, nc, traceroute, nslookup, …', {
  tool: text('ping, curl, wget, nc, telnet, traceroute, tracepath, mtr, nslookup, dig, host.'),
  target: text('Target as typed: URL, name or address.'),
  address: maybe(text('Target address, when known; of DNS tools the server that was asked.')),
  port: maybe(int('Target port.')),
  near: maybe(text('Near end: source address or interface, when printed or asked for (-I, --interface).')),
  outcome: text('ok, partial, timeout, refused, unreachable, reset, dns-failure, interrupted, error.'),
  sent: maybe(int('Packets or tries sent.')),
  received: maybe(int('Answers.')),
  size: maybe(int('Payload bytes of each echo request of ping, without the 8 of the ICMP header.')),
  detail: maybe(text('The deciding line.')),
  millis: maybe(int('How long it took, in milliseconds, when `time` measured it (real).')),
  error: maybe(
    text(
      'What closed the way. An ICMP error: host unreachable, network unreachable, protocol unreachable, port unreachable, administratively prohibited, fragmentation needed, time exceeded. What connect(2) says: no route to host, network is unreachable.',
    ),
  ),
  error_from: maybe(text('Who sent the ICMP error, when printed.')),
  path: maybe(texts('Routers that answered to traceroute, tracepath or mtr, nearest first.')),
  pod: maybe(text('Pod it was run in (kubectl exec), when the prompt or command tells.')),
});
