/**
 * Bundles of a small cluster in which one table of one node, or one list of the cluster, is very long. The same bytes for the
 * same seed and the same number of entries.
 *
 *   node bench/generate-tables.mjs KIND[,KIND…] ENTRIES FOLDER [SEED]
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { dotted, randomBits } from './generate.mjs';
import { largeCluster, nameOf } from './generate-cluster.mjs';

const SMALL = { nodes: 3, services: 20, dumped: 3, flows: 40, endpoints: 2 };
const NODE = nameOf(0);

/** Public networks, as a router has them; none of them is the cluster's. */
const network = (i) => ((1 + (i >>> 16)) << 24) | ((i & 0xffff) << 8);
const network6 = (i) => `2001:db8:${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}::`;
const other = (i) => (172 << 24) | (16 << 16) | i;
const hop = (random) => `192.168.10.${100 + (random() % 100)}`;
const mac = (i) =>
  `0e:00:${[24, 16, 8, 0].map((shift) => ((i >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;

const jsonRoute = (i, random) => ({
  type: 'unicast',
  dst: `${dotted(network(i))}/24`,
  gateway: hop(random),
  dev: 'eth0',
  protocol: 'bird',
  scope: 'global',
  flags: [],
});

/** A JSON list as iproute2 prints it: on one line, or pretty. */
const list = (each, indent) => (write, entries, random) => {
  const element = (i) => JSON.stringify(each(i, random), undefined, indent);
  const inner = (i) =>
    indent === undefined
      ? element(i)
      : element(i)
          .replaceAll('\n', '\n    ')
          .replace(/^\{\n */, `{\n${' '.repeat(8)}`);
  write(indent === undefined ? '[' : '[ ');
  for (let i = 0; i < entries; i++) write(`${i === 0 ? '' : ','}${inner(i)}`);
  write(indent === undefined ? ']\n' : ' ]\n');
};
const lines =
  (each, head = '', tail = '') =>
  (write, entries, random) => {
    write(head);
    for (let i = 0; i < entries; i++) write(`${each(i, random)}\n`);
    write(tail);
  };
/** An object list of `kubectl get … -o json`. */
const objects = (each) => (write, entries, random) => {
  write('{\n    "apiVersion": "v1",\n    "items": [\n');
  for (let i = 0; i < entries; i++)
    write(
      `${i === 0 ? '' : ',\n'}        ${JSON.stringify(each(i, random), undefined, 4).replaceAll('\n', '\n        ')}`,
    );
  write('\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n');
};

const pods = (i) =>
  `team-${i % 90}   web-${i.toString(36).padStart(6, '0')}   1/1   Running   0   9d   ${dotted((10 << 24) | (64 << 16) | i)}   ${nameOf(i % 3)}   <none>   <none>`.replace(
    / {3}/g,
    '     ',
  );
const RULES_HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n';

/** File of each kind, and what stands in it. A file that the small cluster has gets the entries at its end. */
export const KINDS = {
  routes: [`${NODE}/ip_route.txt`, lines((i, r) => `${dotted(network(i))}/24 via ${hop(r)} dev eth0 proto bird`)],
  'routes-json': [`${NODE}/ip_-j_-p_route`, list(jsonRoute, 4)],
  'routes-json-line': [`${NODE}/ip_-j_route`, list(jsonRoute)],
  'routes-all': [
    `${NODE}/ip_route_show_table_all`,
    lines((i, r) => `${dotted(network(i))}/24 via ${hop(r)} dev eth0 table ${100 + (i % 50)} proto bird`),
  ],
  'routes-multipath': [
    `${NODE}/ip_route_show`,
    lines(
      (i, r) =>
        `${dotted(network(i))}/24 proto bird \n\tnexthop via ${hop(r)} dev eth0 weight 1 \n\tnexthop via ${hop(r)} dev eth0 weight 1 `,
    ),
  ],
  'routes-pods': [
    `${NODE}/ip_route.txt`,
    lines((i) => `${dotted((10 << 24) | (64 << 16) | i)} dev cali${i.toString(16).padStart(11, '0')} scope link`),
  ],
  routes6: [
    `${NODE}/ip_-6_route`,
    lines(
      (i, r) => `${network6(i)}/64 via fe80::${(r() & 0xff).toString(16)} dev eth0 proto bird metric 1024 pref medium`,
    ),
  ],
  'route-n': [
    `${NODE}/route_-n`,
    lines(
      (i, r) => `${dotted(network(i)).padEnd(15)} ${hop(r).padEnd(15)} 255.255.255.0   UG    0      0        0 eth0`,
      'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n',
    ),
  ],
  fdb: [
    `${NODE}/bridge_fdb_show`,
    lines((i, r) => `${mac(i)} dev flannel.1 dst 192.168.10.${10 + (r() % 200)} self permanent`),
  ],
  'fdb-json': [
    `${NODE}/bridge_-j_fdb_show`,
    list((i, r) => ({
      mac: mac(i),
      ifname: 'flannel.1',
      dst: `192.168.10.${10 + (r() % 200)}`,
      flags: ['self'],
      state: 'permanent',
    })),
  ],
  neighbours: [
    `${NODE}/ip_neigh`,
    lines((i) => `${dotted(other(i))} dev eth0 lladdr ${mac(i)} ${i % 3 === 0 ? 'REACHABLE' : 'STALE'} `),
  ],
  conntrack: [
    `${NODE}/conntrack_-L`,
    lines((i, r) => {
      const [src, dst, port] = [dotted(other(i)), dotted(other(r() & 0xffff)), 1024 + (i % 60_000)];
      return `tcp      6 86400 ESTABLISHED src=${src} dst=${dst} sport=${port} dport=443 src=${dst} dst=${src} sport=443 dport=${port} [ASSURED] mark=0 use=1`;
    }),
  ],
  'ipset-save': [
    `${NODE}/ipset_save`,
    lines(
      (i) => `add cali40s:many ${dotted(other(i))}`,
      'create cali40s:many hash:net family inet hashsize 1024 maxelem 1048576\n',
    ),
  ],
  'ipset-list': [
    `${NODE}/ipset_list`,
    lines(
      (i) => dotted(other(i)),
      'Name: cali40s:many\nType: hash:net\nRevision: 7\nHeader: family inet hashsize 1024 maxelem 1048576\nSize in memory: 504\nReferences: 1\nMembers:\n',
    ),
  ],
  'ipsets-many': [
    `${NODE}/ipset_save`,
    lines(
      (i) =>
        `${i % 20 === 0 ? `create cali40s:${i / 20} hash:ip family inet hashsize 1024 maxelem 1048576\n` : ''}add cali40s:${Math.floor(i / 20)} ${dotted(other(i))}`,
    ),
  ],
  'rules-one-chain': [
    `${NODE}/iptables-save.txt`,
    lines((i) => `-A INPUT -s ${dotted(network(i))}/24 -p tcp -m tcp --dport 22 -j DROP`, RULES_HEAD, 'COMMIT\n'),
  ],
  'rules-many-chains': [
    `${NODE}/iptables-save.txt`,
    lines(
      (i) =>
        i % 10 === 0
          ? `:APP-${i / 10} - [0:0]\n-A FORWARD -d ${dotted(network(i))}/24 -j APP-${i / 10}`
          : `-A APP-${Math.floor(i / 10)} -s ${dotted(network(i))}/24 -m comment --comment "app ${i}" -j ACCEPT`,
      RULES_HEAD,
      'COMMIT\n',
    ),
  ],
  pods: [
    'kubectl/pods-wide.txt',
    lines(
      pods,
      'NAMESPACE     NAME         READY     STATUS     RESTARTS     AGE     IP     NODE     NOMINATED NODE     READINESS GATES\n',
    ),
  ],
  'pods-json': [
    'kubectl/pods.json',
    objects((i) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `web-${i.toString(36).padStart(6, '0')}`,
        namespace: `team-${i % 90}`,
        labels: { app: `web-${i % 1000}`, tier: 'front' },
      },
      spec: { nodeName: nameOf(i % 3), containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }] },
      status: {
        phase: 'Running',
        podIP: dotted((10 << 24) | (64 << 16) | i),
        podIPs: [{ ip: dotted((10 << 24) | (64 << 16) | i) }],
      },
    })),
  ],
  'services-json': [
    'kubectl/services.json',
    objects((i) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `app-${i}`, namespace: `team-${i % 90}` },
      spec: {
        clusterIP: dotted((10 << 24) | (100 << 16) | i),
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
        selector: { app: `app-${i}` },
        type: 'ClusterIP',
      },
    })),
  ],
  'endpoints-json': [
    'kubectl/endpoints.json',
    objects((i) => ({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: `app-${i}`, namespace: `team-${i % 90}` },
      subsets: [
        {
          addresses: [0, 1, 2].map((e) => ({ ip: dotted((10 << 24) | (64 << 16) | (3 * i + e)), nodeName: nameOf(e) })),
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    })),
  ],
  addresses: [
    `${NODE}/ip_addr_show`,
    lines(
      (i) => `    inet ${dotted(other(i))}/32 scope global kube-ipvs0\n       valid_lft forever preferred_lft forever`,
      '9: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default \n    link/ether 7a:33:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n',
    ),
  ],
  'addresses-uplink': [
    `${NODE}/ip_addr_show`,
    lines(
      (i) => `    inet ${dotted(other(i))}/32 scope global eth0\n       valid_lft forever preferred_lft forever`,
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000\n    link/ether 02:42:c0:a8:0a:0a brd ff:ff:ff:ff:ff:ff\n',
    ),
  ],
  links: [
    `${NODE}/ip_addr_show`,
    lines(
      (i) =>
        `${10 + i}: cali${i.toString(16).padStart(11, '0')}@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1440 qdisc noqueue state UP group default \n    link/ether ee:ee:ee:ee:ee:ee brd ff:ff:ff:ff:ff:ff link-netnsid ${i}`,
    ),
  ],
  sysctls: [
    `${NODE}/sysctl_-a`,
    lines(
      (i) =>
        `net.ipv4.conf.cali${(i >> 3).toString(16).padStart(11, '0')}.${['rp_filter', 'forwarding', 'accept_local', 'arp_ignore', 'log_martians', 'proxy_arp', 'send_redirects', 'tag'][i & 7]} = ${i & 1}`,
    ),
  ],
  'calico-log': [
    `${NODE}/calico-node.log`,
    lines(
      (i) =>
        `2024-06-12 05:${String(Math.floor(i / 1000) % 60).padStart(2, '0')}:38.${String(i % 1000).padStart(3, '0')} [${i % 5 === 0 ? 'WARNING' : 'INFO'}][${61 + (i % 40)}] felix/int_dataplane.go ${1000 + (i % 700)}: Received *proto.WorkloadEndpointUpdate update from calculation graph msg=id:<orchestrator_id:"k8s" workload_id:"team/web-${i}" endpoint_id:"eth0" >`,
    ),
  ],
  'flannel-log': [
    `${NODE}/kube-flannel.log`,
    lines(
      (i) =>
        `I0307 20:${String(Math.floor(i / 1000) % 60).padStart(2, '0')}:26.${String(i % 1000000).padStart(6, '0')}       1 vxlan_network.go:144] adding subnet: ${dotted(network(i))}/24 PublicIP: 192.168.10.${10 + (i % 200)} VtepMAC: ${mac(i)}`,
    ),
  ],
  kubelet: [
    `${NODE}/kubelet.log`,
    lines(
      (i) =>
        `E0307 20:${String(Math.floor(i / 1000) % 60).padStart(2, '0')}:26.${String(i % 1000000).padStart(6, '0')}       1 pod_workers.go:1294] "Error syncing pod, skipping" err="failed to \\"CreatePodSandbox\\" for \\"web-${i}_team(${i})\\" with CreatePodSandboxError: \\"Failed to create sandbox for pod: rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type=\\\\\\"flannel\\\\\\" failed (add): open /run/flannel/subnet.env: no such file or directory\\"" pod="team/web-${i}" podUID=${i}`,
    ),
  ],
  ipvs: [
    `${NODE}/ipvsadm_-Ln`,
    lines(
      (i) =>
        `TCP  ${dotted((10 << 24) | (100 << 16) | i)}:80 rr\n  -> ${dotted((10 << 24) | (64 << 16) | i)}:8080             Masq    1      0          0`,
      'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n',
    ),
  ],
  'nft-set': [
    `${NODE}/nft_list_ruleset`,
    lines(
      (i) => `\t\t\t     ${dotted(other(i))},`,
      'table ip demo {\n\tset many {\n\t\ttype ipv4_addr\n\t\telements = { 10.9.9.9,\n',
      '\t\t\t     10.9.9.10 }\n\t}\n}\n',
    ),
  ],
  'nft-rules': [
    `${NODE}/nft_list_ruleset`,
    lines(
      (i) => `\t\tip saddr ${dotted(network(i))}/24 tcp dport 22 counter packets 0 bytes 0 drop`,
      'table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n',
      '\t}\n}\n',
    ),
  ],
  'policy-rules': [
    `${NODE}/ip_rule`,
    lines((i) => `${1000 + (i % 30_000)}:\tfrom ${dotted(other(i))} lookup ${100 + (i % 100)} `),
  ],
  bird: [
    `${NODE}/birdcl_show_route`,
    lines(
      (i, r) => `${`${dotted(network(i))}/24`.padEnd(18)} via ${hop(r)} on eth0 [Mesh_1 14:04:05] * (100/0) [i]`,
      'BIRD 1.6.8 ready.\n',
    ),
  ],
  events: [
    'kubectl/events.txt',
    lines(
      (i) => `team-${i % 90}   ${i % 59}m   Warning   BackOff   pod/web-${i}   Back-off restarting failed container`,
      'NAMESPACE   LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n',
    ),
  ],
};

/** Writes a bundle with `entries` of each of these kinds into a folder. */
export function longTables(kinds, entries, folder, seed = 1) {
  largeCluster(folder, seed, SMALL);
  for (const kind of kinds) longTable(kind, entries, folder, seed);
}

function longTable(kind, entries, folder, seed) {
  const [path, fill] = KINDS[kind];
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'a');
  let text = '';
  const flush = () => {
    writeSync(fd, text);
    text = '';
  };
  fill(
    (more) => {
      text += more;
      if (text.length > 1 << 20) flush();
    },
    entries,
    randomBits(seed),
  );
  flush();
  closeSync(fd);
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  const [, , kind, entries, folder, seed = '1'] = argv;
  const kinds = (kind ?? '').split(',');
  if (!kinds.every((one) => one in KINDS) || folder === undefined) {
    process.stderr.write(
      `node bench/generate-tables.mjs KIND[,KIND…] ENTRIES FOLDER [SEED]; kinds: ${Object.keys(KINDS).join(' ')}\n`,
    );
    process.exit(2);
  }
  longTables(kinds, Number(entries), folder, Number(seed));
}
