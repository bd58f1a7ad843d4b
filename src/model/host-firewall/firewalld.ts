import type { firewall } from '../../core/event/netfilter.js';
import { contains, parsePrefix } from '../../core/prefix.js';
import type { Fact } from '../facts.js';
import type { Judged } from '../host/answer.js';
import type { Packet } from '../journey/packet.js';
import { inPorts } from './ufw.js';

type Row = Fact<typeof firewall>;

/** Ports of firewalld's own services that stand on nodes; the others are not known. */
const SERVICES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ssh', ['22/tcp']],
  ['cockpit', ['9090/tcp']],
  ['dhcpv6-client', ['546/udp']],
  ['mdns', ['5353/udp']],
  ['http', ['80/tcp']],
  ['https', ['443/tcp']],
  ['dns', ['53/tcp', '53/udp']],
  ['kube-apiserver', ['6443/tcp']],
  ['kube-api', ['6443/tcp']],
  ['kubelet', ['10250/tcp']],
  ['kube-worker', ['10250/tcp', '30000-32767/tcp']],
  ['kube-nodeport-services', ['30000-32767/tcp', '30000-32767/udp']],
  ['etcd-client', ['2379/tcp']],
  ['etcd-server', ['2380/tcp']],
  ['ntp', ['123/udp']],
  ['samba-client', ['137/udp', '138/udp']],
  ['vxlan', ['4789/udp']],
  ['bgp', ['179/tcp']],
]);
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['tcp', 6],
  ['udp', 17],
  ['sctp', 132],
]);

/**
 * What `firewall-cmd --list-all` says of a new packet for the host itself (firewalld.zone(5)): the zone of its source, else
 * of its device, else the default zone; what the zone lists gets in, and its target decides the rest (`default` rejects).
 */
export function firewalldInput(rows: readonly Row[], packet: Packet, iif: string): Judged {
  const status = rows.findLast((row) => row.key === 'status');
  if (status?.value === 'not running') return { answer: 'yes', says: 'firewalld is not running', at: [status] };
  const direct = rows.find((row) => row.key === 'direct-rule' && /\bINPUT\b/.test(row.value));
  if (direct !== undefined) return unknown([direct]);
  const zone = zoneOf(rows, packet, iif);
  if (zone === undefined) return unknown(rows.slice(0, 1));
  const own = rows.filter((row) => row.zone === zone);
  if (packet.icmpType !== undefined) return { answer: 'yes', says: `zone ${zone} lets ICMP in`, at: own.slice(0, 1) };
  const rich = own.filter((row) => row.key === 'rule');
  if (rich.length > 0) return unknown(rich);
  for (const row of own) {
    const letIn =
      (row.key === 'ports' && onPort(row.value, packet)) ||
      (row.key === 'protocols' && (row.value === String(packet.proto) || (row.value === 'ipip' && packet.proto === 4)));
    if (letIn) return { answer: 'yes', says: `zone ${zone} lets in ${row.value}`, at: [row] };
    if (row.key === 'services') {
      const ports = SERVICES.get(row.value);
      if (ports === undefined) return unknown([row]);
      if (ports.some((port) => onPort(port, packet)))
        return { answer: 'yes', says: `zone ${zone} lets in ${row.value}`, at: [row] };
    }
  }
  const target = own.findLast((row) => row.key === 'target');
  if (target?.value === 'ACCEPT') return { answer: 'yes', says: `the target of zone ${zone} is ACCEPT`, at: [target] };
  if (target === undefined) return unknown(own.slice(0, 1));
  return {
    answer: 'no',
    says: `zone ${zone} of firewalld lists nothing that lets this in, and its target is ${target.value}`,
    at: [target, ...own.filter((row) => row.key === 'ports' || row.key === 'services').slice(0, 3)],
    searched: [...new Set(own.map((row) => row.source))],
  };
}

function zoneOf(rows: readonly Row[], packet: Packet, iif: string): string | undefined {
  const bySource = rows.find((row) => {
    const prefix = row.key === 'sources' ? parsePrefix(row.value) : undefined;
    return prefix !== undefined && contains(prefix, packet.src);
  });
  if (bySource?.zone !== undefined) return bySource.zone;
  const byDevice = rows.find((row) => row.key === 'interfaces' && row.value === iif);
  if (byDevice?.zone !== undefined) return byDevice.zone;
  const byDefault = rows.find((row) => row.key === 'zone' && /default/.test(row.value));
  return byDefault?.zone;
}

function onPort(text: string, packet: Packet): boolean {
  const [ports = '', protocol = ''] = text.split('/');
  return NUMBERS.get(protocol) === packet.proto && packet.dport !== undefined && inPorts(ports, packet.dport);
}

const unknown = (at: readonly Row[]): Judged => ({
  answer: 'unknown',
  missing: {
    what: 'what firewalld does with it',
    collect: 'firewall-cmd --list-all-zones; iptables-save; nft list ruleset',
    at,
  },
});
