import { Tunnel } from '../../src/core/frame.js';
import type { Dumped } from '../decode/dump.js';

/** A scan may touch every port; more than these are no tunnels. */
const MOST = 20;

/** UDP ports on which podtrail found a tunnel and tshark none. */
export class TunnelPorts {
  readonly #dissectors = new Map<number, string>();

  note(ours: Dumped, theirs: Dumped): void {
    if (theirs.tunnel !== Tunnel.none || this.#dissectors.size === MOST) return;
    const port = Number(ours.outerDport);
    if (ours.tunnel === Tunnel.vxlan) this.#dissectors.set(port, 'vxlan');
    if (ours.tunnel === Tunnel.flannelUdp) this.#dissectors.set(port, 'ip');
  }

  /** What tells tshark of them. */
  options(): string[] {
    return [...this.#dissectors].flatMap(([port, dissector]) => ['-d', `udp.port==${port},${dissector}`]);
  }
}
