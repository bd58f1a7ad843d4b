import { counter } from '../../core/event/network.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const GROUP = /^(Ip|Icmp|IcmpMsg|Tcp|Udp|UdpLite|TcpExt|IpExt|MPTcpExt):(?:\s+(\S.*)?)?$/;
const SIX = /^((?:Ip6|Icmp6|Udp6|UdpLite6)[A-Z]\w*)\s+(\d+)\s*$/;

/** Counters of the protocols: /proc/net/snmp and netstat (a line of names, then one of values) and snmp6; kernel `net/ipv4/proc.c`, `net/ipv6/proc.c`. */
export const procNetSnmp: Parser = {
  id: 'proc-net-snmp',
  title: '/proc/net/snmp, /proc/net/netstat, /proc/net/snmp6',
  command: /^cat \/proc\/(?:\w+\/)?net\/(?:snmp6?|netstat)(?:\s|$)/,
  path: /(?:^|[/!])proc\/(?:\w+\/)?net\/(?:snmp6?|netstat)$/,
  starts(line) {
    const match = GROUP.exec(asPrinted(line));
    return (match !== null && /^[A-Z]\w+(?: [A-Z]\w+)+$/.test((match[2] ?? '').trimEnd())) || SIX.test(asPrinted(line));
  },
  open(sink) {
    let group: string | undefined;
    let names: readonly string[] = [];
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '') return true;
        const six = SIX.exec(text);
        if (six !== null) {
          sink.emit(counter, { origin: 'snmp', name: six[1]!, value: BigInt(six[2]!) }, at);
          return true;
        }
        const match = GROUP.exec(text);
        if (match === null) return false;
        const words = (match[2] ?? '').split(/\s+/).filter((word) => word !== '');
        if (words.every((word) => /^-?\d+$/.test(word)) && match[1] === group) {
          words.forEach((word, i) => {
            const name = names[i];
            if (name !== undefined)
              sink.emit(counter, { origin: 'snmp', name: `${group}${name}`, value: BigInt(word) }, at);
          });
          group = undefined;
          return true;
        }
        group = match[1];
        names = words;
        return words.length > 0 && words.every((word) => /^[A-Za-z]\w*$/.test(word));
      },
    };
  },
};
