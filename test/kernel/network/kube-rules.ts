import type { Random } from '../random.js';
import { firewallOf, type Machine, nodesOf, type Service, type World } from './world.js';

/** Rules as kube-proxy, flannel and Calico install them, on every node; some nodes lack parts. */
export function kubeRules(world: World, random: Random): World {
  const pods = nodesOf(world).flatMap((node) => node.pods);
  const base = random.pick(['10.96.0', '172.21.5', '10.43.200']);
  const services: Service[] = [];
  for (let i = 0; i < (pods.length === 0 ? 0 : 1 + random.below(2)); i++) {
    services.push({
      address: `${base}.${10 + i}`,
      port: random.pick([80, 443]),
      nodePort: 30080 + i,
      targetPort: random.pick([80, 8080]),
      endpoints: random.some(pods, 1 + random.below(2)).map((pod) => pod.address),
    });
  }
  for (const node of nodesOf(world)) {
    if (services.length > 0) proxy(node, services, world, random);
    if (world.podsBy !== 'none') {
      masquerade(node, world, random);
      forward(node, world, random);
    }
  }
  return { ...world, services };
}

/** kube-proxy's iptables mode, `pkg/proxy/iptables/proxier.go`. */
function proxy(node: Machine, services: readonly Service[], world: World, random: Random): void {
  const rules = firewallOf(node);
  const local = random.pick(['cluster-cidr', 'none']);
  for (const hook of ['PREROUTING', 'OUTPUT'])
    rules.append('nat', hook, '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES');
  rules.append('nat', 'POSTROUTING', '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING');
  rules.append('nat', 'KUBE-MARK-MASQ', '-j MARK --set-xmark 0x4000/0x4000');
  rules.append(
    'nat',
    'KUBE-POSTROUTING',
    '-m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-j MARK --set-xmark 0x4000/0x0',
    `-j MASQUERADE${random.chance(0.5) ? ' --random-fully' : ''}`,
  );
  services.forEach((service, i) => {
    for (const proto of ['tcp', 'udp']) {
      const id = `${proto.toUpperCase()}${i}ABCDEFGHIJKL`.slice(0, 12);
      const about = `-m comment --comment "default/web-${i}:${proto} cluster IP"`;
      rules.append(
        'nat',
        'KUBE-SERVICES',
        `-d ${service.address}/32 -p ${proto} ${about} --dport ${service.port} -j KUBE-SVC-${id}`,
      );
      rules.append('nat', 'KUBE-NODEPORTS', `-p ${proto} --dport ${service.nodePort} -j KUBE-EXT-${id}`);
      rules.append('nat', `KUBE-EXT-${id}`, '-j KUBE-MARK-MASQ', `-j KUBE-SVC-${id}`);
      if (local === 'cluster-cidr')
        rules.append(
          'nat',
          `KUBE-SVC-${id}`,
          `! -s ${world.podNetwork} -d ${service.address}/32 -p ${proto} --dport ${service.port} -j KUBE-MARK-MASQ`,
        );
      service.endpoints.forEach((endpoint, n) => {
        const left = service.endpoints.length - n;
        const choice = left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(10)} `;
        rules.append('nat', `KUBE-SVC-${id}`, `${choice}-j KUBE-SEP-${id}${n}`);
        rules.append(
          'nat',
          `KUBE-SEP-${id}${n}`,
          `-s ${endpoint}/32 -j KUBE-MARK-MASQ`,
          `-p ${proto} -m ${proto} -j DNAT --to-destination ${endpoint}:${service.targetPort}`,
        );
      });
    }
  });
  rules.append('nat', 'KUBE-SERVICES', '-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS');
}

/** How pods leave the cluster: flannel's rules, or Calico's with ipsets. */
function masquerade(node: Machine, world: World, random: Random): void {
  if (random.chance(0.15)) return;
  const rules = firewallOf(node);
  const pods = world.podNetwork;
  if (world.podsBy === 'bridge') {
    rules.append(
      'nat',
      'POSTROUTING',
      `-s ${pods} -d ${pods} -j RETURN`,
      `-s ${pods} ! -d 224.0.0.0/4 -j MASQUERADE`,
      ...(random.chance(0.5)
        ? [`! -s ${pods} -d ${node.podNet} -j RETURN`, `! -s ${pods} -d ${pods} -j MASQUERADE`]
        : []),
    );
    return;
  }
  node.sets.push('create cali40masq-ipam-pools hash:net', `add cali40masq-ipam-pools ${pods}`);
  node.sets.push('create cali40all-ipam-pools hash:net', `add cali40all-ipam-pools ${pods}`);
  if (random.chance(0.2)) node.sets.push(`add cali40all-ipam-pools ${random.pick(world.wires).net}.0/24`);
  rules.append('nat', 'POSTROUTING', '-m comment --comment "cali:O3lYWMrLQYEMJtB5" -j cali-POSTROUTING');
  rules.append('nat', 'cali-POSTROUTING', '-j cali-nat-outgoing');
  rules.append(
    'nat',
    'cali-nat-outgoing',
    '-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE',
  );
  if (node.overlay !== undefined)
    rules.append(
      'nat',
      'cali-POSTROUTING',
      `-o ${node.overlay.dev} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE`,
    );
}

function forward(node: Machine, world: World, random: Random): void {
  const rules = firewallOf(node);
  if (random.chance(0.4)) return;
  rules.policy('filter', 'FORWARD', 'DROP');
  rules.append('filter', 'FORWARD', '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD');
  rules.append(
    'filter',
    'KUBE-FORWARD',
    '-m conntrack --ctstate INVALID -j DROP',
    '-m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  );
  if (random.chance(0.2)) return;
  if (world.podsBy === 'bridge') {
    rules.append('filter', 'FORWARD', '-m comment --comment "flanneld forward" -j FLANNEL-FWD');
    rules.append('filter', 'FLANNEL-FWD', `-s ${world.podNetwork} -j ACCEPT`, `-d ${world.podNetwork} -j ACCEPT`);
    return;
  }
  rules.insert('filter', 'FORWARD', '-j cali-FORWARD');
  rules.append('filter', 'cali-FORWARD', '-j MARK --set-xmark 0x0/0xe0000');
  for (const pod of node.pods) {
    rules.append('filter', 'cali-FORWARD', `-i cali+ -j cali-from-wl-dispatch`, `-o cali+ -j cali-to-wl-dispatch`);
    rules.append('filter', 'cali-from-wl-dispatch', `-i ${pod.hostDev} -g cali-fw-${pod.hostDev}`);
    rules.append('filter', 'cali-to-wl-dispatch', `-o ${pod.hostDev} -g cali-tw-${pod.hostDev}`);
    rules.append(
      'filter',
      `cali-fw-${pod.hostDev}`,
      '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-j MARK --set-xmark 0x10000/0x10000',
    );
    rules.append(
      'filter',
      `cali-tw-${pod.hostDev}`,
      '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-j MARK --set-xmark 0x10000/0x10000',
    );
  }
  rules.append('filter', 'cali-from-wl-dispatch', '-m comment --comment "Unknown interface" -j DROP');
  rules.append('filter', 'cali-to-wl-dispatch', '-m comment --comment "Unknown interface" -j DROP');
  rules.append('filter', 'FORWARD', '-m mark --mark 0x10000/0x10000 -j ACCEPT');
}
