import { wordTable } from '../../../core/word-table.js';
import type { NfOption } from '../ruleset.js';
import { answer, doubt, type MatchReader, type Predicate, type Sight } from '../sight.js';
import { portPredicate } from './ports.js';
import { unreadable } from './unread.js';

const FLAGS = wordTable<number>({
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ALL: 0x3f,
  NONE: 0,
});

function flagBits(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,2}$/i.test(text)) return Number(text);
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = FLAGS[name];
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

/** Flags of the packet; the first packet of a connection is a SYN. */
function flagsOf({ packet }: Sight): number | undefined {
  if (packet.tcpFlags !== undefined) return packet.tcpFlags;
  return packet.ct.state === 'NEW' && packet.ct.direction === 'original' ? 0x02 : undefined;
}

function flags(mask: number, wanted: number, negated: boolean): Predicate {
  return (sight) => {
    if (sight.packet.proto !== 6) return 'no';
    const bits = flagsOf(sight);
    if (bits === undefined)
      return doubt(`tcp flags ${mask}/${wanted}`, 'the TCP flags of the packet', 'tcpdump -nn -i any');
    return answer((bits & mask) === wanted, negated);
  };
}

function one(option: NfOption): Predicate {
  const port = portPredicate('tcp', option);
  if (port !== undefined) return port;
  if (option.name === 'syn') return flags(0x17, 0x02, option.negated);
  if (option.name === 'tcp-flags') {
    const [mask, wanted] = [flagBits(option.values[0] ?? ''), flagBits(option.values[1] ?? '')];
    if (mask !== undefined && wanted !== undefined) return flags(mask, wanted, option.negated);
  }
  return unreadable('tcp', [option]);
}

/** `-m tcp`: ports, `--tcp-flags MASK SET`, `--syn` (tcp_mt in xt_tcpudp.c). */
export const tcp: MatchReader = (options) => options.map(one);
