/**
 * A bundle of a large cluster: every node's addresses and routes, all of kube-proxy's rules on some nodes, and flows that fail
 * because one node's FORWARD drops them. The same bytes for the same seed.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureFile, dotted, node, pod, randomBits, SECOND, SYN } from './generate.mjs';

export const LARGE = { nodes: 50, services: 5000, dumped: 4, flows: 500, endpoints: 2 };

/** The node whose FORWARD drops, and the one whose pods ask. */
const CLOSED = 2;
const CLIENT = 0;
const PODS = 16;

export const nameOf = (n) => `node-${String(n).padStart(2, '0')}`;
const all = (count, each) => Array.from({ length: count }, (_, i) => each(i));
const service = (i) => `10.96.${i >>> 8}.${i & 255}`;
const hash = (kind, i, e = 0) =>
  `KUBE-${kind}-${(i * 7919 + e * 104_729 + 1).toString(36).toUpperCase().padStart(16, 'A')}`;
const endpoint = (i, e, { nodes }) => pod((i + e * 7) % nodes, i % PODS);

/** kube-proxy's chains and rules (pkg/proxy/iptables/proxier.go). */
function natTable(write, size) {
  write('*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n');
  write(':KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n:KUBE-SERVICES - [0:0]\n');
  for (let i = 0; i < size.services; i++) {
    write(`:${hash('SVC', i)} - [0:0]\n`);
    for (let e = 0; e < size.endpoints; e++) write(`:${hash('SEP', i, e)} - [0:0]\n`);
  }
  write('-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\n');
  write('-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\n');
  write('-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING\n');
  write('-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE\n');
  write('-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n');
  write('-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n');
  write('-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n-A KUBE-POSTROUTING -j MASQUERADE --random-fully\n');
  for (let i = 0; i < size.services; i++) {
    const comment = `-m comment --comment "team-${i % 40}/app-${i}:http`;
    write(
      `-A KUBE-SERVICES -d ${service(i)}/32 -p tcp ${comment} cluster IP" -m tcp --dport 80 -j ${hash('SVC', i)}\n` +
        `-A ${hash('SVC', i)} ! -s 10.244.0.0/16 -d ${service(i)}/32 -p tcp ${comment} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ\n`,
    );
    for (let e = 0; e < size.endpoints; e++) {
      const to = dotted(endpoint(i, e, size));
      const chance =
        e < size.endpoints - 1
          ? ` -m statistic --mode random --probability ${(1 / (size.endpoints - e)).toFixed(11)}`
          : '';
      write(
        `-A ${hash('SVC', i)} ${comment} -> ${to}:8080"${chance} -j ${hash('SEP', i, e)}\n` +
          `-A ${hash('SEP', i, e)} -s ${to}/32 ${comment}" -j KUBE-MARK-MASQ\n` +
          `-A ${hash('SEP', i, e)} -p tcp ${comment}" -m tcp -j DNAT --to-destination ${to}:8080\n`,
      );
    }
  }
  write('COMMIT\n');
}

function rulesOf(path, closed, size) {
  const fd = openSync(path, 'w');
  let text = '';
  const write = (more) => {
    text += more;
    if (text.length > 1 << 20) {
      writeSync(fd, text);
      text = '';
    }
  };
  natTable(write, size);
  write(`*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ${closed ? 'DROP' : 'ACCEPT'} [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`);
  writeSync(fd, text);
  closeSync(fd);
}

function files(n, size) {
  const ip = dotted(node(n));
  return {
    hostname: `${nameOf(n)}\n`,
    'ip_addr.txt': [
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '    inet 127.0.0.1/8 scope host lo',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000',
      `    link/ether 02:42:c0:a8:0a:${(n + 10).toString(16).padStart(2, '0')} brd ff:ff:ff:ff:ff:ff`,
      `    inet ${ip}/24 brd 192.168.10.255 scope global eth0`,
      '3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 02:42:0a:f4:${n.toString(16).padStart(2, '0')}:01 brd ff:ff:ff:ff:ff:ff`,
      `    inet 10.244.${n}.1/24 brd 10.244.${n}.255 scope global cni0`,
    ].join('\n'),
    'ip_route.txt': [
      'default via 192.168.10.1 dev eth0',
      ...all(size.nodes, (m) =>
        m === n
          ? `10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1`
          : `10.244.${m}.0/24 via ${dotted(node(m))} dev eth0`,
      ),
      `192.168.10.0/24 dev eth0 proto kernel scope link src ${ip}`,
    ].join('\n'),
    'sysctl.txt':
      'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\nnet.ipv4.conf.cni0.rp_filter = 0',
  };
}

/** Writes the bundle into a folder. */
export function largeCluster(folder, seed, size = LARGE) {
  const put = (path, text) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  };
  for (let n = 0; n < size.nodes; n++) {
    for (const [name, text] of Object.entries(files(n, size))) put(`${nameOf(n)}/${name}`, text);
    if (n < size.dumped) rulesOf(join(folder, nameOf(n), 'iptables-save.txt'), n === CLOSED, size);
  }
  put(
    'kubectl/nodes.txt',
    [
      'NAME      STATUS   ROLES    AGE   VERSION   INTERNAL-IP      EXTERNAL-IP   OS-IMAGE             KERNEL-VERSION      CONTAINER-RUNTIME',
    ]
      .concat(
        all(
          size.nodes,
          (n) =>
            `${nameOf(n)}   Ready    <none>   90d   v1.28.2   ${dotted(node(n)).padEnd(14)}   <none>        Ubuntu 22.04.3 LTS   5.15.0-91-generic   containerd://1.7.11`,
        ),
      )
      .join('\n'),
  );
  put(
    'kubectl/pods.txt',
    [
      'NAMESPACE   NAME        READY   STATUS    RESTARTS   AGE   IP             NODE      NOMINATED NODE   READINESS GATES',
    ]
      .concat(
        all(size.nodes * PODS, (i) => {
          const [n, p] = [Math.floor(i / PODS), i % PODS];
          return (
            `team-${p}      web-${n}-${p}`.padEnd(24) +
            `1/1     Running   0          9d    ${dotted(pod(n, p)).padEnd(12)}   ${nameOf(n)}   <none>           <none>`
          );
        }),
      )
      .join('\n'),
  );
  put(
    'kubectl/services.txt',
    ['NAMESPACE   NAME       TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE   SELECTOR']
      .concat(
        all(
          size.services,
          (i) =>
            `team-${i % 40}     app-${i}`.padEnd(23) +
            `ClusterIP   ${service(i).padEnd(12)}   <none>        80/TCP    90d   app=app-${i}`,
        ),
      )
      .join('\n'),
  );
  const random = randomBits(seed);
  const [here, there] = [CLIENT, CLOSED].map((n) => new CaptureFile(join(folder, nameOf(n), 'eth0.pcap'), random));
  const first = all(size.flows, random);
  // A SYN and its repetitions; a second has as many frames as SECOND.
  for (const second of [0, 1, 3, 7]) {
    for (const file of [here, there]) file.frames = second * SECOND;
    for (const [i, seq] of first.entries()) {
      const body = { proto: 6, sport: 33_000 + i, dport: 8080 + (i >>> 8), flags: SYN, seq, ack: 0, payload: 0 };
      for (const file of [here, there]) file.packet(pod(CLIENT, i % PODS), pod(CLOSED, (i >>> 4) % PODS), body, false);
    }
  }
  here.close();
  there.close();
}
