import { wordTable } from '../../core/word-table.js';

/** Names that the iptables tools print where the kernel has numbers, and the other way round. */

/** Service names that `-L` without `-n` prints for ports of interest here (/etc/services); others stay names. */
const PORT = wordTable<string>(
  Object.fromEntries(
    (
      'ftp:21 ssh:22 telnet:23 smtp:25 domain:53 bootps:67 bootpc:68 tftp:69 http:80 kerberos:88 pop3:110 sunrpc:111 ' +
      'auth:113 ntp:123 netbios-ns:137 imap2:143 snmp:161 bgp:179 ldap:389 https:443 microsoft-ds:445 isakmp:500 ' +
      'syslog:514 shell:514 domain-s:853 ldaps:636 rsync:873 openvpn:1194 ms-sql-s:1433 nfs:2049 etcd-client:2379 ' +
      'etcd-server:2380 mysql:3306 ipsec-nat-t:4500 vxlan:4789 mdns:5353 postgresql:5432 amqp:5672 x11:6000 ' +
      'redis:6379 http-alt:8080 otv:8472 webcache:8080 sip:5060 geneve:6081 zabbix-agent:10050 iscsi-target:3260'
    )
      .split(' ')
      .map((pair) => pair.split(':') as [string, string]),
  ),
);

/** Ports, port ranges and lists of them, by number. */
export function ports(text: string): string {
  return text
    .split(',')
    .map(
      (item) =>
        PORT[item] ??
        item
          .split(':')
          .map((port) => PORT[port] ?? port)
          .join(':'),
    )
    .join(',');
}

/** Protocol numbers as iptables-save names them; others are not in every system's /etc/protocols and stay numbers. */
const PROTOCOL = wordTable<string>({
  '1': 'icmp',
  '2': 'igmp',
  '4': 'ipencap',
  '6': 'tcp',
  '17': 'udp',
  '33': 'dccp',
  '41': 'ipv6',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '112': 'vrrp',
  '132': 'sctp',
  '136': 'udplite',
  ipip: 'ipencap',
  icmpv6: 'ipv6-icmp',
});

/** The name of a protocol given by number or synonym. */
export function protocolName(text: string): string {
  return PROTOCOL[text] ?? text;
}
