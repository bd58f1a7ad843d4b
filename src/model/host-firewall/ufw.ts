import type { firewall } from '../../core/event/netfilter.js';
import { contains, parsePrefix } from '../../core/prefix.js';
import type { Fact } from '../facts.js';
import type { Judged } from '../host/answer.js';
import type { Packet } from '../journey/packet.js';

type Row = Fact<typeof firewall>;
type Holds = 'yes' | 'no' | 'maybe';

/** Ports of the application profiles that come with Debian's and Ubuntu's packages; others stay unknown. */
const PROFILES: ReadonlyMap<string, string> = new Map([
  ['OpenSSH', '22/tcp'],
  ['WWW', '80/tcp'],
  ['WWW Secure', '443/tcp'],
  ['WWW Full', '80,443/tcp'],
  ['Nginx HTTP', '80/tcp'],
  ['Nginx HTTPS', '443/tcp'],
  ['Nginx Full', '80,443/tcp'],
  ['Apache', '80/tcp'],
  ['DNS', '53'],
]);
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['tcp', 6],
  ['udp', 17],
  ['esp', 50],
  ['ah', 51],
  ['gre', 47],
  ['ipv6', 41],
]);

/**
 * What `ufw status` says of a new packet for the host itself (ufw(8)): the first rule that matches, else the default for
 * incoming packets. Answers and echo requests are let in before any of them (before.rules).
 */
export function ufwInput(rows: readonly Row[], packet: Packet, iif: string): Judged {
  const of = (key: string): Row | undefined => rows.findLast((row) => row.key === key);
  const status = of('status');
  if (status === undefined) return unknown(rows);
  if (status.value !== 'active') return { answer: 'yes', says: 'ufw is not active', at: [status] };
  if (packet.icmpType !== undefined) return { answer: 'yes', says: 'ufw lets ICMP in', at: [status] };
  for (const row of rows) {
    if (row.key !== 'rule') continue;
    const rule = parseRule(row.value);
    if (rule === undefined) return unknown([row]);
    if (rule.direction !== 'IN') continue;
    const holds = matches(rule, packet, iif);
    if (holds === 'no') continue;
    if (holds === 'maybe') return unknown([row]);
    const let_in = rule.action === 'ALLOW' || rule.action === 'LIMIT';
    return {
      answer: let_in ? 'yes' : 'no',
      says: `ufw has the rule ${row.value}`,
      at: [row],
    };
  }
  const other = of('default-incoming');
  if (other === undefined) return unknown([status]);
  if (other.value === 'allow') return { answer: 'yes', says: 'ufw lets in what no rule names', at: [other] };
  return {
    answer: 'no',
    says: `ufw is active, no rule of it lets this in, and its default for incoming packets is ${other.value}`,
    at: [other, status],
    searched: [...new Set(rows.map((row) => row.source))],
  };
}

const unknown = (at: readonly Row[]): Judged => ({
  answer: 'unknown',
  missing: { what: 'what ufw does with it', collect: 'ufw status verbose; iptables-save', at },
});

interface UfwRule {
  readonly to: string;
  readonly action: string;
  readonly direction: string;
  readonly from: string;
}

function parseRule(text: string): UfwRule | undefined {
  const match = /^(.+?)\s+(ALLOW|DENY|REJECT|LIMIT)(?:\s+(IN|OUT|FWD))?\s+(.+?)$/.exec(text);
  return match === null
    ? undefined
    : { to: match[1]!, action: match[2]!, direction: match[3] ?? 'IN', from: match[4]!.replace(/\s+#.*$/, '') };
}

function matches(rule: UfwRule, packet: Packet, iif: string): Holds {
  const six = / \(v6\)/.test(rule.to) || / \(v6\)/.test(rule.from);
  if (six !== (packet.family === 6) && (six || /Anywhere/.test(rule.from))) return 'no';
  const plain = (text: string): string =>
    text
      .replace(/ \(v6\)/g, '')
      .replace(/\s*\([^)]*\)\s*$/, '')
      .trim();
  const dev = / on (\S+)$/.exec(plain(rule.to))?.[1];
  if (dev !== undefined && dev !== iif && !(dev.endsWith('+') && iif.startsWith(dev.slice(0, -1)))) return 'no';
  const all = [
    end(plain(rule.to).replace(/ on \S+$/, ''), packet, packet.dst, packet.dport),
    end(plain(rule.from).replace(/ on \S+$/, ''), packet, packet.src, packet.sport),
  ];
  return all.includes('no') ? 'no' : all.includes('maybe') ? 'maybe' : 'yes';
}

/** `Anywhere`, an address or prefix, ports with a protocol, an application profile, or an address and one of these. */
function end(text: string, packet: Packet, address: string, port: number | undefined): Holds {
  let holds: Holds = 'yes';
  for (const word of (PROFILES.get(text) ?? text).split(/\s+/)) {
    if (word === 'Anywhere') continue;
    const [front = '', protocol] = word.split('/');
    const prefix = parsePrefix(/^\d+$/.test(protocol ?? '0') ? word : front);
    const number = protocol === undefined ? undefined : PROTOCOLS.get(protocol);
    if (prefix !== undefined && /[.:]/.test(front)) {
      if (!contains(prefix, address)) return 'no';
      if (number !== undefined && number !== packet.proto) return 'no';
    } else if (/^[\d,:]+$/.test(front)) {
      if (number !== undefined && number !== packet.proto) return 'no';
      if (number === undefined && packet.proto !== 6 && packet.proto !== 17) return 'no';
      if (port === undefined) holds = 'maybe';
      else if (!inPorts(front, port)) return 'no';
    } else holds = 'maybe';
  }
  return holds;
}

/** `80,443` or `30000:32767`. */
export const inPorts = (text: string, port: number): boolean =>
  text.split(',').some((part) => {
    const [low, high] = part.split(/[:-]/).map(Number);
    return low !== undefined && port >= low && port <= (high ?? low);
  });
