import type { Judged } from '../host/answer.js';
import type { Host } from '../host/host.js';
import type { Packet } from '../journey/packet.js';
import { firewalldInput } from './firewalld.js';
import { ufwInput } from './ufw.js';

/**
 * What the host's firewall says of a new packet for the host, by its own words. Only where no netfilter rules of the host
 * are in the bundle: these are what really applies. Undefined when no firewall was asked.
 */
export function firewallInput(host: Host, packet: Packet, iif: string): Judged | undefined {
  if (host.rulesets.some((rules) => rules.family === packet.family)) return undefined;
  const ufw = host.firewalls.filter((row) => row.tool === 'ufw');
  const firewalld = host.firewalls.filter((row) => row.tool === 'firewalld');
  const judged = [
    ...(ufw.length > 0 ? [ufwInput(ufw, packet, iif)] : []),
    ...(firewalld.length > 0 ? [firewalldInput(firewalld, packet, iif)] : []),
  ];
  return judged.find((one) => one.answer === 'no') ?? judged.find((one) => one.answer === 'unknown') ?? judged.at(0);
}
