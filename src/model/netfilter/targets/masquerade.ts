import { packetWords } from '../../journey/packet.js';
import { portRange } from '../matches/numbers.js';
import { firstAddress, masqueradeAddress } from './device-address.js';
import { optionValue, type TargetReader } from './effect.js';
import { isRandom } from './nat.js';
import { toDestination, toSource } from './translation.js';

/** MASQUERADE: the source becomes an address of the output device (nf_nat_masquerade_ipv4). */
export const masquerade: TargetReader = (options) => {
  const ports = portRange(optionValue(options, 'to-ports') ?? '-');
  const random = isRandom(options);
  const wanted = optionValue(options, 'to-ports') === undefined ? undefined : ports;
  return ({ packet, crossing, host }) => {
    const { oif } = crossing;
    const src =
      oif === undefined ? undefined : masqueradeAddress(host, packet.family, oif, crossing.nextHop ?? packet.dst);
    if (src === undefined)
      return {
        kind: 'unknown',
        missing: {
          what: `the address of ${oif ?? 'the output device'} of ${host.name}`,
          collect: `ip addr    # on ${host.name}`,
        },
      };
    const after = toSource(packet, src, wanted, random);
    return {
      kind: 'translate',
      packets: [after],
      says: `MASQUERADE: ${packetWords(packet)} becomes ${packetWords(after)}`,
    };
  };
};

/** REDIRECT: to the host itself (nf_nat_redirect_ipv4); on a device without an address the packet is dropped. */
export const redirect: TargetReader = (options) => {
  const text = optionValue(options, 'to-ports');
  const ports = text === undefined ? undefined : portRange(text);
  const random = isRandom(options);
  return ({ packet, crossing, host }) => {
    const loopback = packet.family === 4 ? '127.0.0.1' : '::1';
    const dst =
      crossing.hook === 'OUTPUT'
        ? loopback
        : crossing.iif === undefined
          ? undefined
          : firstAddress(host, packet.family, crossing.iif);
    if (dst === undefined) {
      if (crossing.iif !== undefined && host.addresses[packet.family].shown === 'whole')
        return { kind: 'drop', says: `REDIRECT finds no address on ${crossing.iif} and drops it` };
      return {
        kind: 'unknown',
        missing: {
          what: `the address of ${crossing.iif ?? 'the input device'} of ${host.name}`,
          collect: `ip addr    # on ${host.name}`,
        },
      };
    }
    const after = toDestination(packet, dst, ports, random);
    return {
      kind: 'translate',
      packets: [after],
      says: `REDIRECT: ${packetWords(packet)} becomes ${packetWords(after)}`,
    };
  };
};
