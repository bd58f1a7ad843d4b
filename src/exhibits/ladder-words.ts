import { Tcp } from '../core/frame.js';
import { icmpWords } from '../store/evidence.js';
import type { PacketRow } from './ladder-packets.js';

/** The packet in a few words. */
export function labelOf(row: PacketRow): string {
  const data = row.payloadLen > 0 ? ` ${row.payloadLen} bytes` : '';
  if (row.fragOffset > 0) return `fragment at ${row.fragOffset}`;
  if (row.icmpType >= 0) {
    const words = icmpWords(row.proto === 58 ? 'icmp6' : 'icmp', row.icmpType, row.icmpCode);
    return row.icmpSeq >= 0 && row.leg !== 'error' ? `${words} ${row.icmpSeq}` : words;
  }
  if (row.proto === 6) return row.tcpFlags < 0 ? `TCP${data}` : `${flagWords(row.tcpFlags, data)}${data}`;
  if (row.dnsId >= 0) return `DNS ${row.leg === 'answer' ? 'answer' : 'query'}${data}`;
  if (row.proto === 17) return `UDP${data}`;
  return `protocol ${row.proto}${data}`;
}

/** `SYN`, `SYN-ACK`, `FIN-ACK`, `RST`; PSH says nothing, and an ACK with data is data. */
function flagWords(flags: number, data: string): string {
  const names = [
    [Tcp.syn, 'SYN'],
    [Tcp.fin, 'FIN'],
    [Tcp.rst, 'RST'],
    [Tcp.ack, 'ACK'],
  ] as const;
  const set = names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return data !== '' && set.length === 1 && set[0] === 'ACK' ? 'data' : set.length === 0 ? 'TCP' : set.join('-');
}

/** What two sendings of the same thing have in common; undefined for what is not sent again when it is lost (a bare ACK). */
export function repeatKey(row: PacketRow): string | undefined {
  if (row.leg === 'error') return undefined;
  if (row.icmpType >= 0) return `icmp ${row.icmpType} ${row.icmpId} ${row.icmpSeq}`;
  if (row.proto === 6) {
    const opens = row.tcpFlags >= 0 && (row.tcpFlags & (Tcp.syn | Tcp.fin)) !== 0;
    return opens || row.payloadLen > 0 ? `tcp ${row.leg} ${row.seq} ${row.tcpFlags & (Tcp.syn | Tcp.fin)}` : undefined;
  }
  if (row.dnsId >= 0) return `dns ${row.dnsId} ${row.dnsFlags} ${row.payloadHash}`;
  return row.payloadHash > 0 ? `${row.proto} ${row.leg} ${row.payloadLen} ${row.payloadHash}` : undefined;
}
