import { wordTable } from '../../core/word-table.js';

const FIELD =
  /^(?:frame|eth|ieee8021ad|sll|vlan|ip|ipv6|tcp|udp|icmp|icmpv6|arp|dns|vxlan|geneve|gre|sctp|_ws\.col)\.[\w.]+$/;
/** Columns of Wireshark's packet list, by the names that its dialogs and versions give them. */
const LIST = wordTable<string>({
  'no.': 'frame.number',
  time: '_ws.col.Time',
  source: '_ws.col.Source',
  destination: '_ws.col.Destination',
  protocol: '_ws.col.Protocol',
  length: 'frame.len',
  info: '_ws.col.Info',
  'source port': '_ws.col.sport',
  'src port': '_ws.col.sport',
  'destination port': '_ws.col.dport',
  'dest port': '_ws.col.dport',
  'dst port': '_ws.col.dport',
});
const QUOTES = wordTable<string>({ '/t': '\t', '\\t': '\t', '/s': ' ' });

/** Without one of these a list says of no packet where it came from. */
const ENDS = /source|ip(?:v6)?\.src|arp\.opcode/i;

/** The columns of a packet list, by tshark's field names. */
export interface Layout {
  readonly columns: readonly string[];
  readonly delimiter: string;
}

const split = (line: string, delimiter: string): string[] =>
  line
    .replace(/^\ufeff/, '')
    .split(delimiter)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));

/** The columns of a heading line, or undefined when it is none of ours. */
export function readHeading(line: string): Layout | undefined {
  if (line.length > 4000 || !ENDS.test(line)) return undefined;
  for (const delimiter of ['\t', ',', ';', '|']) {
    const names = split(line, delimiter);
    if (names.length < 3) continue;
    const columns = names.map((name) => (FIELD.test(name) ? name : (LIST[name.toLowerCase()] ?? '')));
    const known = new Set(columns);
    const ends = known.has('ip.src') || known.has('ipv6.src') || known.has('_ws.col.Source') || known.has('arp.opcode');
    const list = known.has('_ws.col.Protocol') && known.has('_ws.col.Time');
    if (ends && (list || names.every((name) => FIELD.test(name)))) return { columns, delimiter };
  }
  return undefined;
}

/** `tshark -T fields -e ip.src -e … -E separator=,` without a heading: the command line has the columns. */
export function readCommand(command: string | undefined): Layout | undefined {
  if (command === undefined || !/^tshark\b.*-T ?fields/.test(command)) return undefined;
  const columns = [...command.matchAll(/ -e ?['"]?([\w.]+)/g)].map((m) => m[1]!);
  if (columns.length === 0) return undefined;
  const separator = /separator=['"]?(\S?[^\s'"]?)/.exec(command)?.[1] ?? '\t';
  return { columns, delimiter: QUOTES[separator] ?? separator };
}
