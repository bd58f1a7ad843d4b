/**
 * Names that tools without `-n` print for ports. Which name a host prints depends on its services file, so this holds
 * the names of IANA (the long file of Red Hat and SUSE) and of Debian (the short one) for ports that clusters use.
 */
const NAMES = `
echo:7 discard:9 systat:11 daytime:13 netstat:15 chargen:19 ftp-data:20 ftp:21 ssh:22 telnet:23 smtp:25 time:37
tacacs:49 domain:53 bootps:67 bootpc:68 tftp:69 gopher:70 finger:79 http:80 www:80 kerberos:88 kerberos-sec:88
pop3:110 sunrpc:111 rpcbind:111 auth:113 nntp:119 ntp:123 epmap:135 netbios-ns:137 netbios-dgm:138 netbios-ssn:139
imap:143 imap2:143 snmp:161 snmptrap:162 snmp-trap:162 xdmcp:177 bgp:179 irc:194 ldap:389 svrloc:427 https:443
microsoft-ds:445 kpasswd:464 submissions:465 urd:465 isakmp:500 exec:512 login:513 who:513 shell:514 syslog:514
printer:515 route:520 router:520 dhcpv6-client:546 dhcpv6-server:547 rtsp:554 submission:587 http-alt:8080 ipp:631
ldaps:636 ldp:646 kerberos-adm:749 domain-s:853 rsync:873 ftps-data:989 ftps:990 telnets:992 imaps:993 pop3s:995
socks:1080 rmiregistry:1099 openvpn:1194 nessus:1241 ms-sql-s:1433 ms-sql-m:1434 l2f:1701 l2tp:1701 pptp:1723
radius:1812 radius-acct:1813 mqtt:1883 ssdp:1900 cisco-sccp:2000 nfs:2049 eforward:2181 docker:2375 docker-s:2376
etcd-client:2379 etcd-server:2380 hbci:3000 isns:3205 squid:3128 ndl-aas:3128 iscsi-target:3260 mysql:3306
ms-wbt-server:3389 vrml-multi-use:4240 pharos:4443 epmd:4369 ipsec-nat-t:4500 ipsec-msft:4500 vxlan:4789 munin:4949
commplex-main:5000 commplex-link:5001 sip:5060 sips:5061 sip-tls:5061 xmpp-client:5222 xmpp-server:5269 mdns:5353
llmnr:5355 hostmon:5355 postgresql:5432 postgres:5432 apsolab-tag:5472 apsolab-tags:5473 amqps:5671 amqp:5672
rfb:5900 vnc-server:5900 cvsup:5999 x11:6000 geneve:6081 redis:6379 sun-sr-https:6443 sge-qmaster:6444
sge_qmaster:6444 sge-execd:6445 sge_execd:6445 syslog-tls:6514 ircu-2:6666 ircd:6667 ircu-3:6667 afs3-fileserver:7000
afs3-callback:7001 font-service:7100 irdmi:8000 vcom-tunnel:8001 teradataordbms:8002 webcache:8080 tproxy:8081
sunproxyadmin:8081 us-cli:8082 us-srv:8083 d-s-n:8086 simplifymedia:8087 radan-http:8088 omniorb:8088 opsmessaging:8090
jamlink:8091 xpra:14500 puppet:8140 intermapper:8181 trivnet1:8200 trivnet2:8201 synapse:8280 tmi:8300 amberon:8301
pcsync-https:8443 pcsync-http:8444 otv:8472 fmtp:8500 asterix:8600 ddi-tcp-1:8888 ddi-udp-1:8888 cslistener:9000
etlservicemgr:9001 dynamid:9002 websm:9090 xmltec-xmlmail:9091 xmlipcregsvc:9092 copycat:9093 pdl-datastream:9100
hp-pdl-datastr:9100 jetdirect:9100 bacula-dir:9101 bacula-fd:9102 bacula-sd:9103 peerwire:9104 wap-wsp:9200
wap-wsp-wtp:9201 vrace:9300 git:9418 tungsten-https:9443 sd:9876 ndmp:10000 webmin:10000 zabbix-agent:10050
zabbix-trapper:10051 apollo-relay:10252 memcache:11211 vocaltec-wconf:22555 vnetd:13724 ndmps:30000
pago-services1:30001 pago-services2:30002 xqosd:31416 lm-mon:31620 filenet-powsrm:32767 filenet-tms:32768
filenet-rpc:32769 filenet-nch:32770 filenet-rmi:32771 filenet-pa:32772 filenet-cm:32773 filenet-re:32774
filenet-pch:32775 filenet-peior:32776 filenet-obrok:32777 traceroute:33434 turbonote-2:34249 profinet-rt:34962
profinet-rtm:34963 profinet-cm:34964 allpeers:36001 reachout:43188 pmcd:44321 eba:45678 mediabox:46999 mbus:47000
dbbrowse:47557 directplaysrvr:47624 bacnet:47808 nimcontroller:48000 nimspooler:48001 nimhub:48002 nimgtw:48003
isnetserv:48128 blp5:48129 com-bardac-dw:48556 iqobject:48619
`;

const PORTS: ReadonlyMap<string, number> = new Map(
  NAMES.trim()
    .split(/\s+/)
    .map((entry) => {
      const colon = entry.indexOf(':');
      return [entry.slice(0, colon), Number(entry.slice(colon + 1))] as const;
    }),
);

/** A port as a tool printed it, number or service name; -1 when the name is not known. */
export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text)) {
    const port = Number(text);
    return port <= 65535 ? port : -1;
  }
  return PORTS.get(text.toLowerCase()) ?? -1;
}
