import { wordTable } from '../../core/word-table.js';

/** What an ICMP error says, in the words of table `probe`. */
export type ReportedError =
  | 'host unreachable'
  | 'network unreachable'
  | 'protocol unreachable'
  | 'port unreachable'
  | 'administratively prohibited'
  | 'fragmentation needed'
  | 'time exceeded';

/** Words of iputils (ping4: pr_icmph, ping6: print_icmp) and BusyBox. First match wins. */
const WORDS: readonly (readonly [RegExp, ReportedError])[] = [
  [/packet filtered|prohibited|policy/i, 'administratively prohibited'],
  [/frag(?:mentation)? needed|packet too big/i, 'fragmentation needed'],
  [/time to live exceeded|time exceeded/i, 'time exceeded'],
  [/port unreachable/i, 'port unreachable'],
  [/protocol unreachable/i, 'protocol unreachable'],
  [/net(?:work)? un(?:reachable|known)|no route/i, 'network unreachable'],
  [/(?:host|address) un(?:reachable|known)/i, 'host unreachable'],
];

/** The ICMP error that a line of ping names. */
export const reportedError = (text: string): ReportedError | undefined => WORDS.find(([form]) => form.test(text))?.[1];

/** Flags of traceroute(8) after a time; `!F-1400` names the MTU. */
const FLAGS = wordTable<ReportedError>({
  H: 'host unreachable',
  N: 'network unreachable',
  P: 'protocol unreachable',
  X: 'administratively prohibited',
  F: 'fragmentation needed',
});

/** The ICMP error that a flag of traceroute or tracepath names, without its `!`. */
export const flaggedError = (flag: string): ReportedError | undefined => FLAGS[flag[0] ?? ''];

/** What connect(2) says when the way is closed, from either a router or the own kernel: it does not tell which. */
export const connectError = (text: string): string | undefined =>
  /no route to host|network is unreachable/i.exec(text)?.[0].toLowerCase();
