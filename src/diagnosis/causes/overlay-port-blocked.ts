import type { Remedy } from '../../core/finding.js';
import { OVERLAY_PORTS } from '../../model/journey/conversations.js';
import type { Step } from '../../model/journey/step.js';
import { type Case, type Cause, found } from '../cause.js';
import { droppingRules, networkOf, prohibiting } from '../dropping-rule.js';

/**
 * A node's own firewall drops or rejects the overlay's envelopes.
 *
 * Physics: an envelope is an ordinary UDP packet (or IP protocol 4) to the node itself: it passes INPUT of the receiver and
 * OUTPUT of the sender before the tunnel device sees it. Hardened images, ufw and firewalld accept SSH and the API's ports
 * and drop the rest, so nodes look healthy while no pod reaches another node.
 *
 * Innocent: rules for other ports or sources; an overlay whose traffic is accepted further up.
 *
 * Proven: the rule decides the envelope's walk and the envelopes are seen to arrive while nothing comes out of the tunnel.
 * Likely: the rules alone, or the receiver's ICMP prohibited.
 */
export const overlayPortBlocked: Cause = {
  code: 'overlay-port-blocked',
  async diagnose(given) {
    const ruled = droppingRules(
      given,
      (_walk, last) => isEnvelope(last) && /^(input|output|prerouting)$/.test(last.stage),
      {
        code: 'overlay-port-blocked',
        what: ({ last }) => (portOf(last) === undefined ? 'tunnel packets' : `tunnel packets (UDP ${portOf(last)})`),
        explanation: ({ node, last }) =>
          `An envelope is an ordinary packet for ${node} itself and passes ${last.stage === 'output' ? 'OUTPUT' : 'INPUT'} before the tunnel device sees it. The nodes reach each other by their own addresses, so they look healthy, while every packet between pods of different nodes is lost in this direction.`,
        subjects: ({ last }) => [portOf(last)?.toString()],
        remedy: ({ node, last }, rule) => {
          const outer = last.outer ?? last.packet;
          const tool = `${outer.family === 6 ? 'ip6tables' : 'iptables'}${rule.backend === 'legacy' ? '-legacy' : ''}`;
          const what = outer.dport === undefined ? `-p ${outer.proto}` : `-p udp --dport ${outer.dport}`;
          const chain = last.stage === 'output' ? 'OUTPUT' : 'INPUT';
          const peers = last.stage === 'output' ? '' : ` -s ${networkOf(given, node, outer.src)}`;
          if (outer.dport !== undefined && chain === 'INPUT') {
            const tool = firewallOf(given, node);
            if (tool !== undefined) return opened(tool, node, outer.dport);
          }
          return {
            command: `${tool} -I ${chain} 1${peers} ${what} -j ACCEPT    # on ${node}`,
            why: 'the envelope has to reach the tunnel device; accept it from the other nodes only, for VXLAN does not check who sends. Where ufw or firewalld writes the rules, open the port there as well',
            verify: `${tool} -nvL ${chain} | head -4    # on ${node}: the counter of the new rule grows; then try the connection again`,
            rollback: `${tool} -D ${chain}${peers} ${what} -j ACCEPT    # on ${node}`,
          };
        },
      },
    );
    const told = await prohibiting(
      given,
      'envelope',
      {
        code: 'overlay-port-blocked',
        what: (p) => `tunnel packets${p.dport === undefined ? '' : ` (UDP ${p.dport})`}`,
        hook: 'INPUT',
      },
      ruled,
    );
    return found([...ruled, ...told]);
  },
};

/** The tool that keeps the node's rules, when the bundle shows that it is active. */
const firewallOf = (given: Case, node: string): 'ufw' | 'firewalld' | undefined =>
  given.facts.firewalls.some(
    (row) => row.tool === 'ufw' && row.key === 'status' && row.value === 'active' && given.cluster.nodeOf(row) === node,
  )
    ? 'ufw'
    : given.facts.firewalls.some((row) => row.tool === 'firewalld' && given.cluster.nodeOf(row) === node)
      ? 'firewalld'
      : undefined;

const opened = (tool: 'ufw' | 'firewalld', node: string, port: number): Remedy =>
  tool === 'ufw'
    ? {
        command: `ufw allow ${port}/udp    # on ${node}`,
        why: `ufw denies what nothing allows; better still, from the other nodes only: ufw allow from NODE_NETWORK to any port ${port} proto udp`,
        verify: `ufw status | grep ${port}    # on ${node}; then try the connection again`,
        rollback: `ufw delete allow ${port}/udp    # on ${node}`,
      }
    : {
        command: `firewall-cmd --permanent --add-port=${port}/udp && firewall-cmd --reload    # on ${node}`,
        why: 'firewalld rejects what no zone allows; better still, put the nodes into a zone of their own',
        verify: `firewall-cmd --list-ports    # on ${node}; then try the connection again`,
        rollback: `firewall-cmd --permanent --remove-port=${port}/udp && firewall-cmd --reload    # on ${node}`,
      };

/** An envelope, with or without knowledge of what it carries. */
export const isEnvelope = ({ outer, packet }: Step): boolean =>
  outer !== undefined || packet.proto === 4 || (packet.proto === 17 && OVERLAY_PORTS.has(packet.dport ?? 0));

const portOf = ({ outer, packet }: Step): number | undefined => (outer ?? packet).dport;
