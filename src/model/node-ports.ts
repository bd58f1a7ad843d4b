import { wordTable } from '../core/word-table.js';
import type { Facts } from './facts.js';

const NUMBERS = wordTable<number>({ tcp: 6, udp: 17, sctp: 132 });

/** Ports on which every node serves a Kubernetes service. */
export interface NodePorts {
  /** By IP protocol number and port. */
  has(proto: number, port: number): boolean;
}

/** Node ports that service objects name, or kube-proxy's chain (kubernetes `pkg/proxy/iptables/proxier.go`) or map matches. */
export function nodePorts(facts: Facts): NodePorts {
  const known = new Set<string>();
  for (const port of facts.servicePorts)
    if (port.node_port !== undefined) known.add(`${NUMBERS[port.protocol.toLowerCase()]} ${port.node_port}`);
  for (const rule of facts.rules) {
    if (rule.chain !== 'KUBE-NODEPORTS') continue;
    const proto = /(?:^|\s)-p (\w+)/.exec(rule.spec)?.[1];
    const port = /\s--dport (\d+)(?=\s|$)/.exec(rule.spec)?.[1];
    if (proto !== undefined && port !== undefined) known.add(`${NUMBERS[proto]} ${port}`);
  }
  // kube-proxy's table of nft: `tcp . 30080 : goto external-…` (`pkg/proxy/nftables/proxier.go`, serviceNodePortsMap).
  for (const { set, member } of facts.ipsetMembers) {
    if (!/^ip6? kube-proxy (?:service|no-endpoint)-nodeports$/.test(set)) continue;
    const element = /^(tcp|udp|sctp) \. (\d+) : /.exec(member);
    if (element !== null) known.add(`${NUMBERS[element[1]!]} ${element[2]}`);
  }
  return { has: (proto, port) => known.has(`${proto} ${port}`) };
}
