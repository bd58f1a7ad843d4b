import { wordTable } from '../../../core/word-table.js';
import { answer, doubt, type MatchReader, type Predicate } from '../sight.js';
import { unreadable } from './unread.js';

/** `--icmp-type` and `--icmpv6-type` by name (libipt_icmp.c, libip6t_icmp6.c): type, lowest and highest code. */
const V4 = wordTable<string>({
  any: '255',
  'echo-reply': '0',
  pong: '0',
  'destination-unreachable': '3',
  'network-unreachable': '3/0',
  'host-unreachable': '3/1',
  'protocol-unreachable': '3/2',
  'port-unreachable': '3/3',
  'fragmentation-needed': '3/4',
  'host-prohibited': '3/10',
  'communication-prohibited': '3/13',
  'source-quench': '4',
  redirect: '5',
  'echo-request': '8',
  ping: '8',
  'router-advertisement': '9',
  'router-solicitation': '10',
  'time-exceeded': '11',
  'ttl-exceeded': '11',
  'parameter-problem': '12',
  'timestamp-request': '13',
  'timestamp-reply': '14',
});
const V6 = wordTable<string>({
  'destination-unreachable': '1',
  'no-route': '1/0',
  'communication-prohibited': '1/1',
  'address-unreachable': '1/3',
  'port-unreachable': '1/4',
  'packet-too-big': '2',
  'time-exceeded': '3',
  'ttl-exceeded': '3',
  'parameter-problem': '4',
  'echo-request': '128',
  ping: '128',
  'echo-reply': '129',
  pong: '129',
  'router-solicitation': '133',
  'router-advertisement': '134',
  'neighbour-solicitation': '135',
  'neighbor-solicitation': '135',
  'neighbour-advertisement': '136',
  'neighbor-advertisement': '136',
  redirect: '137',
});

/** Type and code of a number or name: `8`, `3/4`, `echo-request`; undefined for anything else. */
export function icmpTypeCode(family: 4 | 6, text: string): readonly [number, number | undefined] | undefined {
  const match = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec((family === 4 ? V4 : V6)[text] ?? text);
  return match === null ? undefined : [Number(match[1]), match[2] === undefined ? undefined : Number(match[2])];
}

/** `-m icmp --icmp-type`, `-m icmp6 --icmpv6-type` (icmp_match in ip_tables.c). */
export const icmp =
  (family: 4 | 6): MatchReader =>
  (options) =>
    options.map((option): Predicate => {
      const wanted = icmpTypeCode(family, option.values[0] ?? '');
      if (wanted === undefined) return unreadable('icmp', [option]);
      const [type, code] = wanted;
      return ({ packet }) => {
        if (packet.proto !== (family === 4 ? 1 : 58)) return 'no';
        if (family === 4 && type === 255) return answer(true, option.negated);
        if (
          packet.icmpType === undefined ||
          (packet.icmpType === type && code !== undefined && packet.icmpCode === undefined)
        )
          return doubt(`icmp ${type}/${code ?? ''}`, 'the ICMP type of the packet', 'tcpdump -nn -i any icmp');
        return answer(packet.icmpType === type && (code === undefined || packet.icmpCode === code), option.negated);
      };
    });
