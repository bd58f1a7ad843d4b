import type { Step, Walk } from '../../model/journey/step.js';
import { openedBy } from '../accept-port.js';
import { isBgp } from '../bgp-sessions.js';
import { type Case, type Cause, found } from '../cause.js';
import { droppedDiscovery } from '../dropped-discovery.js';
import { droppingRules, networkOf, prohibiting } from '../dropping-rule.js';
import { accepting, acceptNatively, isFirewalld, isNativeRule } from '../native-rules.js';
import { asksReversePath, iptables, isPolicyChain, isServiceChain } from '../rule-words.js';
import { isEnvelope } from './overlay-port-blocked.js';

/**
 * INPUT or OUTPUT rules of a host drop traffic to a service of the node itself: API server, kubelet, NodePort.
 *
 * Physics: what is for an address of the node passes INPUT, whatever it was translated from; pods come with their own or
 * their node's address, which a list of allowed sources rarely holds.
 *
 * Innocent: strangers that are meant to be kept out: only a conversation of the cluster that was tried and failed counts.
 *
 * Also PREROUTING, where rules keep NodePorts closed: these are translated before INPUT, and never come there.
 *
 * Also IPv6 neighbour discovery (dropped-discovery.ts), without which nobody finds the node.
 *
 * Proven: the rule decides the walk and the packets are seen to arrive. Likely: the rules, with the failed conversation.
 */
export const hostFirewallDrop: Cause = {
  code: 'host-firewall-drop',
  async diagnose(given) {
    const ruled = droppingRules(
      { ...given, standing: [] },
      (walk, last) =>
        !isEnvelope(last) &&
        !isBgp(last) &&
        (/^(input|output)$/.test(last.stage) || isForItself(given, walk, last)) &&
        !isPolicyChain(walk.by!.chain) &&
        !isServiceChain(walk.by!),
      {
        code: 'host-firewall-drop',
        severity: ({ example }) => (example.question.from.kind === 'outside' ? 'warning' : 'critical'),
        what: ({ last }) =>
          last.packet.dport === undefined ? 'packets for itself' : `packets for its own port ${last.packet.dport}`,
        explanation: ({ node, last }) =>
          last.stage === 'output'
            ? `${node} is not allowed to send this itself: OUTPUT drops it before it leaves.`
            : last.stage === 'prerouting'
              ? `PREROUTING meets what comes in before anything is translated or routed, so also what is for a NodePort and would go on to a pod.`
              : `What is for an address of ${node} passes INPUT there, also when it was sent to a service and translated. Pods of other nodes come with addresses that this firewall does not accept.`,
        subjects: ({ last }) => [last.packet.dport === undefined ? undefined : String(last.packet.dport)],
        remedy: ({ node, last, example }, rule) => {
          const { packet } = last;
          const stranger = example.question.from.kind === 'outside' ? packet.src : undefined;
          if (isFirewalld(rule) && last.stage === 'input' && packet.dport !== undefined)
            return openedBy('firewalld', node, `${packet.dport}/${packet.proto === 6 ? 'tcp' : 'udp'}`);
          if (isNativeRule(rule))
            return acceptNatively(rule, node, packet, {
              peers: last.stage === 'output' ? packet.dst : networkOf(given, node, packet.src),
              side: last.stage === 'output' ? 'daddr' : 'saddr',
              port: packet.dport === undefined ? undefined : `dport ${packet.dport}`,
              stranger,
            });
          const tool = `${iptables(rule, packet.family)}${rule.table === 'filter' ? '' : ` -t ${rule.table}`}`;
          const peers = last.stage === 'output' ? `-d ${packet.dst}` : `-s ${networkOf(given, node, packet.src)}`;
          const proto = packet.proto === 6 ? 'tcp' : packet.proto === 17 ? 'udp' : String(packet.proto);
          const chain = last.stage === 'output' ? 'OUTPUT' : last.stage === 'prerouting' ? 'PREROUTING' : 'INPUT';
          const accept = `${peers} -p ${proto}${packet.dport === undefined ? '' : ` --dport ${packet.dport}`} -j ACCEPT`;
          return {
            command: `${tool} -I ${chain} 1 ${accept}    # on ${node}`,
            why: `${accepting(stranger)} in front of ${rule.policy ? 'the policy' : `the rule ${rule.text}`}; the firewall stays closed to others. Write it down where the firewall's rules come from, or it is gone after the next start`,
            verify: `${tool} -nvL ${chain} | head -4    # on ${node}: the counter of the new rule grows; then try the connection again`,
            rollback: `${tool} -D ${chain} ${accept}    # on ${node}`,
          };
        },
      },
    );
    const told = await prohibiting(
      given,
      'own',
      {
        code: 'host-firewall-drop',
        what: (p) => `packets for its own ${p.dport === undefined ? 'address' : `port ${p.dport}`}`,
        hook: 'INPUT',
      },
      ruled,
    );
    return found([...ruled, ...told, ...droppedDiscovery(given)]);
  },
};

/** Dropped as it came in, while it was for an address of the node, whatever it would have been translated to. */
const isForItself = ({ cluster }: Case, { by }: Walk, { stage, node, packet }: Step): boolean =>
  stage === 'prerouting' && cluster.nodeWithAddress(packet.dst) === node && !asksReversePath(by!);
