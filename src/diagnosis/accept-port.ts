import type { Remedy } from '../core/finding.js';
import { WEAVE_PEER_PORT } from '../model/overlay-ports.js';
import type { Blame } from './blame.js';
import type { Case } from './cause.js';
import { networkOf } from './dropping-rule.js';
import { acceptNatively, isFirewalld, isNativeRule } from './native-rules.js';
import { iptables, type RuleInWords } from './rule-words.js';

/** Accepts what a node's INPUT or OUTPUT drops of the overlay, from the other nodes only, by the tool that keeps its rules. */
export function acceptance(given: Case, { node, last }: Blame, rule: RuleInWords): Remedy {
  const packet = last.outer ?? last.packet;
  const tool = iptables(rule, packet.family);
  const chain = last.stage === 'output' ? 'OUTPUT' : 'INPUT';
  const proto = packet.proto === 6 ? 'tcp' : 'udp';
  const isAnswer = packet.proto === 6 && packet.sport === BGP;
  const what =
    packet.dport === undefined
      ? `-p ${packet.proto}`
      : `-p ${proto} ${isAnswer ? `--sport ${BGP}` : `--dport ${packet.dport}`}`;
  const peers = last.stage === 'output' ? '' : ` -s ${networkOf(given, node, packet.src)}`;
  const keeper = isFirewalld(rule) ? 'firewalld' : firewallOf(given, node);
  if (packet.dport !== undefined && !isAnswer && chain === 'INPUT' && keeper !== undefined)
    return openedBy(keeper, node, `${packet.dport}/${proto}`);
  if (isNativeRule(rule))
    return acceptNatively(rule, node, packet, {
      peers: chain === 'OUTPUT' ? undefined : networkOf(given, node, packet.src),
      side: 'saddr',
      port: packet.dport === undefined ? undefined : isAnswer ? `sport ${BGP}` : `dport ${packet.dport}`,
    });
  return {
    command: `${tool} -I ${chain} 1${peers} ${what} -j ACCEPT    # on ${node}`,
    why:
      packet.dport === WEAVE_PEER_PORT
        ? 'Weave\u2019s peers need TCP and UDP 6783 and UDP 6784 of each other: accept all three, from the other nodes only. Where ufw or firewalld writes the rules, open them there as well'
        : packet.proto === 6
          ? 'both ends must reach TCP 179 of the other; accept it from the other nodes only. Where ufw or firewalld writes the rules, open the port there as well'
          : 'the envelope has to reach the tunnel device; accept it from the other nodes only, for the tunnel does not check who sends. Where ufw or firewalld writes the rules, open the port there as well',
    verify: `${tool} -nvL ${chain} | head -4    # on ${node}: the counter of the new rule grows; then try the connection again`,
    rollback: `${tool} -D ${chain}${peers} ${what} -j ACCEPT    # on ${node}`,
  };
}

const BGP = 179;

/** The tool that keeps the node's rules, when the bundle shows that it is active. */
const firewallOf = (given: Case, node: string): 'ufw' | 'firewalld' | undefined =>
  given.facts.firewalls.some(
    (row) => row.tool === 'ufw' && row.key === 'status' && row.value === 'active' && given.cluster.nodeOf(row) === node,
  )
    ? 'ufw'
    : given.facts.firewalls.some((row) => row.tool === 'firewalld' && given.cluster.nodeOf(row) === node)
      ? 'firewalld'
      : undefined;

/** `8472/udp` opened for good. */
export const openedBy = (tool: 'ufw' | 'firewalld', node: string, port: string): Remedy => {
  const [number, proto] = port.split('/');
  return tool === 'ufw'
    ? {
        command: `ufw allow ${port}    # on ${node}`,
        why: `ufw denies what nothing allows; better still, from the other nodes only: ufw allow from NODE_NETWORK to any port ${number} proto ${proto}`,
        verify: `ufw status | grep ${number}    # on ${node}; then try the connection again`,
        rollback: `ufw delete allow ${port}    # on ${node}`,
      }
    : {
        command: `firewall-cmd --permanent --add-port=${port} && firewall-cmd --reload    # on ${node}`,
        why: 'firewalld rejects what no zone allows; better still, put the nodes into a zone of their own',
        verify: `firewall-cmd --list-ports    # on ${node}; then try the connection again`,
        rollback: `firewall-cmd --permanent --remove-port=${port} && firewall-cmd --reload    # on ${node}`,
      };
};
