import { wordTable } from '../../core/word-table.js';
import { form, type ListedForm } from './iptables-form.js';
import { ports, protocolName } from './iptables-names.js';
import { ruleWord } from './rule-text.js';

const not = (mark: string | undefined): string => (mark === undefined || mark === '' ? '' : '! ');

const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const flagNames = (text: string): string => {
  if (!text.startsWith('0x')) return text;
  const bits = Number.parseInt(text, 16);
  const names = TCP_FLAGS.filter((_, i) => bits & (1 << i));
  return names.length === 0 ? 'NONE' : names.length === 6 ? 'ALL' : names.join(',');
};

/** The options that tcp, udp, sctp and their like print one after the other. */
function transport(m: RegExpExecArray): string {
  const options = [...m[2]!.matchAll(/ ([sd]pt)s?:(!?)(\S+)| flags:(!?)([^/\s]+)\/(\S+)| option=(!?)(\d+)/g)].map(
    (o) =>
      o[1] !== undefined
        ? `${not(o[2])}--${o[1] === 'spt' ? 'sport' : 'dport'} ${ports(o[3]!)}`
        : o[5] !== undefined
          ? `${not(o[4])}--tcp-flags ${flagNames(o[5])} ${flagNames(o[6]!)}`
          : `${not(o[7])}--tcp-option ${o[8]}`,
  );
  return [`-m ${m[1]}`, ...options].join(' ');
}

/** ICMP types by the names that `-L` without `-n` prints (only one of the synonyms). */
const ICMP = wordTable<string>({
  'echo-reply': '0',
  'destination-unreachable': '3',
  'network-unreachable': '3/0',
  'host-unreachable': '3/1',
  'port-unreachable': '3/3',
  'fragmentation-needed': '3/4',
  'source-quench': '4',
  redirect: '5',
  'echo-request': '8',
  'time-exceeded': '11',
  'parameter-problem': '12',
});
const ICMP6 = wordTable<string>({
  'destination-unreachable': '1',
  'packet-too-big': '2',
  'time-exceeded': '3',
  'parameter-problem': '4',
  'echo-request': '128',
  'echo-reply': '129',
  'router-solicitation': '133',
  'router-advertisement': '134',
  'neighbour-solicitation': '135',
  'neighbour-advertisement': '136',
  redirect: '137',
});

function icmp(m: RegExpExecArray): string {
  const v6 = m[1] === 'ipv6-';
  const name = m[5];
  const type =
    name === undefined ? (m[4] === undefined ? m[3]! : `${m[3]}/${m[4]}`) : ((v6 ? ICMP6 : ICMP)[name] ?? name);
  return `-m ${v6 ? 'icmp6' : 'icmp'} ${not(m[2])}--${v6 ? 'icmpv6' : 'icmp'}-type ${type}`;
}

/** `recent: UPDATE seconds: 60 hit_count: 4 TTL-Match name: ssh side: source mask: 255.255.255.255` */
function recent(m: RegExpExecArray): string {
  const mode = wordTable<string>({ SET: 'set', CHECK: 'rcheck', UPDATE: 'update', REMOVE: 'remove' });
  const rest = m[3]!;
  const value = (key: string) => new RegExp(`${key}: (\\S+)`).exec(rest)?.[1];
  const parts = [`-m recent ${not(m[1])}--${mode[m[2]!]}`];
  const seconds = value('seconds');
  if (seconds !== undefined) parts.push(`--seconds ${seconds}`);
  if (/ reap/.test(rest)) parts.push('--reap');
  const hits = value('hit_count');
  if (hits !== undefined) parts.push(`--hitcount ${hits}`);
  if (rest.includes('TTL-Match')) parts.push('--rttl');
  parts.push(`--name ${value('name') ?? 'DEFAULT'}`);
  const mask = value('mask');
  if (mask !== undefined) parts.push(`--mask ${mask}`);
  parts.push(value('side') === 'dest' ? '--rdest' : '--rsource');
  return parts.join(' ');
}

/**
 * What matches print behind the destination column. Source: the `print` and `save` functions of libxtables' extensions
 * (libxt_*.c, libipt_*.c, libip6t_*.c), from 1.4 on. The conntrack match prints its options without naming itself: the
 * reader adds `-m conntrack`.
 */
export const MATCHES: readonly ListedForm[] = [
  form(/(tcp|udp|udplite|sctp|dccp)((?: [sd]pts?:\S+| flags:\S+| option=\S+)*)(?= |$)/, transport),
  form(/()()icmptype (\d+)(?: code (\d+))?(?= |$)/, icmp),
  form(/(ipv6-)()icmptype (\d+)(?: code (\d+))?(?= |$)/, icmp),
  form(/(ipv6-)?icmp (!)?type (\d+)(?: code (\d+))?(?= |$)/, icmp),
  form(/(ipv6-)?icmp (!)?()()(?!type)([a-z-]+)(?= |$)/, icmp),
  form(
    /(! )?(ctstate|ctproto|ctorigsrc|ctorigdst|ctreplsrc|ctrepldst|ctorigsrcport|ctorigdstport|ctreplsrcport|ctrepldstport|ctstatus|ctexpire|ctdir) (\S+)/,
    (m) => `${not(m[1])}--${m[2]} ${m[3]}`,
  ),
  form(/(! )?state ([A-Z,]+)(?= |$)/, (m) => `-m state ${not(m[1])}--state ${m[2]}`),
  form(/mark match (! )?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/, (m) => `-m mark ${not(m[1])}--mark ${m[2]}`),
  form(/MARK match (! ?)?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/, (m) => `-m mark ${not(m[1])}--mark ${m[2]}`),
  form(
    /(?:connmark|CONNMARK) match +(! ?)?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/,
    (m) => `-m connmark ${not(m[1])}--mark ${m[2]}`,
  ),
  form(/ADDRTYPE match(?: src-type (!?)([A-Z,]+))?(?: dst-type (!?)([A-Z,]+))?( limit-in)?( limit-out)?(?= |$)/, (m) =>
    [
      '-m addrtype',
      ...(m[2] === undefined ? [] : [`${not(m[1])}--src-type ${m[2]}`]),
      ...(m[4] === undefined ? [] : [`${not(m[3])}--dst-type ${m[4]}`]),
      ...(m[5] === undefined ? [] : ['--limit-iface-in']),
      ...(m[6] === undefined ? [] : ['--limit-iface-out']),
    ].join(' '),
  ),
  form(
    /(! )?(?:match-)?set (\S+) ((?:src|dst)(?:,(?:src|dst))*)( return-nomatch)?(?= |$)/,
    (m) => `-m set ${not(m[1])}--match-set ${m[2]} ${m[3]}${m[4] === undefined ? '' : ' --return-nomatch'}`,
  ),
  form(
    /limit: avg (\S+) burst (\d+)(?! mode)/,
    (m) => `-m limit --limit ${m[1]}${m[2] === '5' ? '' : ` --limit-burst ${m[2]}`}`,
  ),
  form(
    /limit: (?:avg|(above|up to)) (\S+) burst (\d+) mode (\S+)((?: (?:htable-\S+ \d+|srcmask \d+|dstmask \d+))*)/,
    (m) =>
      // The name of the table is not printed, the other options keep their names.
      `-m hashlimit --hashlimit-${m[1] === 'above' ? 'above' : 'upto'} ${m[2]} --hashlimit-burst ${m[3]} --hashlimit-mode ${m[4]!.replaceAll('-', ',')}${m[5]!.replace(/ (?=[a-z])/g, ' --hashlimit-')}`,
  ),
  form(
    /(! )?recent: (SET|CHECK|UPDATE|REMOVE)((?: (?:seconds|hit_count|name|side|mask): \S+| reap| TTL-Match)*)/,
    recent,
  ),
  form(/(! )?owner (UID|GID) match (\S+)/, (m) => `-m owner ${not(m[1])}--${m[2]!.toLowerCase()}-owner ${m[3]}`),
  form(/(! )?owner socket exists/, (m) => `-m owner ${not(m[1])}--socket-exists`),
  form(/multiport (dports|sports|ports) +(! ?)?(\S+)/, (m) => `-m multiport ${not(m[2])}--${m[1]} ${ports(m[3]!)}`),
  form(
    /(source|destination) IP range (! )?(\S+)/,
    (m) => `-m iprange ${not(m[2])}--${m[1] === 'source' ? 'src' : 'dst'}-range ${m[3]}`,
  ),
  form(
    /PHYSDEV match((?: ! )?(?: ?--physdev-(?:in|out) \S+| ?--physdev-is-(?:in|out|bridged)| !)+)/,
    (m) => `-m physdev ${m[1]!.trim()}`,
  ),
  form(/PKTTYPE (!)?= (\S+)/, (m) => `-m pkttype ${not(m[1])}--pkt-type ${m[2]}`),
  form(
    /MAC ?(! ?)?((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})/,
    (m) => `-m mac ${not(m[1])}--mac-source ${m[2]!.toLowerCase()}`,
  ),
  form(/length (! ?)?(\d+(?::\d+)?)/, (m) => `-m length ${not(m[1])}--length ${m[2]}`),
  form(/(TTL|HL) match \1 (==|!=|<|>) (\d+)/, (m) => {
    const option = m[1]!.toLowerCase();
    return `-m ${option} ${m[2] === '!=' ? '! ' : ''}--${option}-${{ '==': 'eq', '!=': 'eq', '<': 'lt', '>': 'gt' }[m[2]!]} ${m[3]}`;
  }),
  form(/tos match ?(!)?(0x[0-9a-f]+\/0x[0-9a-f]+)/, (m) => `-m tos ${not(m[1])}--tos ${m[2]}`),
  form(/DSCP match (!)?(0x[0-9a-f]+)/, (m) => `-m dscp ${not(m[1])}--dscp ${m[2]}`),
  form(/tcpmss match (!)?(\d+(?::\d+)?)/, (m) => `-m tcpmss ${not(m[1])}--mss ${m[2]}`),
  form(
    /statistic mode random (! )?probability ([\d.]+)/,
    (m) => `-m statistic --mode random ${not(m[1])}--probability ${m[2]}`,
  ),
  form(
    /statistic mode nth (! )?every (\d+)(?: packet (\d+))?/,
    (m) => `-m statistic --mode nth ${not(m[1])}--every ${m[2]} --packet ${m[3] ?? '0'}`,
  ),
  form(
    /rpfilter((?: (?:loose|validmark|accept-local|invert))*)(?= |$)/,
    (m) => `-m rpfilter${m[1]!.replaceAll(' ', ' --')}`,
  ),
  form(
    /#conn (src|dst)\/(\d+) (>|<=) (\d+)/,
    (m) =>
      `-m connlimit --connlimit-${m[3] === '>' ? 'above' : 'upto'} ${m[4]} --connlimit-mask ${m[2]} --connlimit-${m[1] === 'src' ? 'saddr' : 'daddr'}`,
  ),
  form(
    /policy match dir (in|out) pol (ipsec|none)(?= |$)((?: (?:proto|reqid|spi|mode|strict|\[\d+\]) ?[^ ]*)*)/,
    (m) =>
      // Only the form without or with one plain protocol is the same in both grammars.
      /^( proto \S+)?$/.test(m[3]!)
        ? `-m policy --dir ${m[1]} --pol ${m[2]}${m[3]!.replace(/ proto (\S+)/, (_, p: string) => ` --proto ${protocolName(p)}`)}`
        : undefined,
  ),
  form(/socket((?: --(?:transparent|nowildcard|restore-skmark))*)(?= |$)/, (m) => `-m socket${m[1]}`),
  form(/cgroup (!)?(\d+)(?= |$)/, (m) => `-m cgroup ${not(m[1])}--cgroup ${m[2]}`),
  form(/esp spi:(!)?(\d+)/, (m) => `-m esp ${not(m[1])}--espspi ${m[2]}`),
  form(/helper match (! )?"([^"]*)"/, (m) => `-m helper ${not(m[1])}--helper ${ruleWord(m[2]!)}`),
  form(/(! )?realm (\S+)/, (m) => `-m realm ${not(m[1])}--realm ${m[2]}`),
  form(/cpu (! )?(\d+)(?= |$)/, (m) => `-m cpu ${not(m[1])}--cpu ${m[2]}`),
  form(
    /connbytes (! )?(\d+(?::\d+)?) connbytes mode (\w+) connbytes direction (\w+)/,
    (m) => `-m connbytes ${not(m[1])}--connbytes ${m[2]} --connbytes-mode ${m[3]} --connbytes-dir ${m[4]}`,
  ),
  form(/quota: (\d+) bytes/, (m) => `-m quota --quota ${m[1]}`),
  form(/(! )?(src|dst)-group (\S+)/, (m) => `-m devgroup ${not(m[1])}--${m[2]}-group ${m[3]}`),
  form(/u32 (! ?)?"([^"]*)"/, (m) => `-m u32 ${not(m[1])}--u32 "${m[2]}"`),
  form(
    /STRING match +(! )?"([^"]*)" ALGO name (\w+)/,
    (m) => `-m string ${not(m[1])}--string "${m[2]}" --algo ${m[3]}`,
  ),
  form(/nfacct-name +(\S+)/, (m) => `-m nfacct --nfacct-name ${m[1]}`),
];
