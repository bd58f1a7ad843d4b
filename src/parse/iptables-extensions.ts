import { ruleWord, unread } from './rule-text.js';

/**
 * What `iptables -L` prints of matches and targets after the destination column, put back into iptables-save grammar.
 * Source: the `print` and `save` functions of libxtables' extensions (libxt_*.c, libipt_*.c, libip6t_*.c), from 1.4 on.
 */

type Writer = (m: RegExpExecArray) => string | undefined;
interface Form {
  readonly text: RegExp;
  readonly save: Writer;
}

const not = (mark: string | undefined): string => (mark === undefined || mark === '' ? '' : '! ');
const form = (text: RegExp, save: Writer): Form => ({ text: new RegExp(text.source, 'y'), save });

/** Service names that `-L` without `-n` prints for ports of interest here (/etc/services); others stay names. */
const PORT: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'ftp:21 ssh:22 telnet:23 smtp:25 domain:53 bootps:67 bootpc:68 tftp:69 http:80 kerberos:88 pop3:110 sunrpc:111 ' +
    'auth:113 ntp:123 netbios-ns:137 imap2:143 snmp:161 bgp:179 ldap:389 https:443 microsoft-ds:445 isakmp:500 ' +
    'syslog:514 shell:514 domain-s:853 ldaps:636 rsync:873 openvpn:1194 ms-sql-s:1433 nfs:2049 etcd-client:2379 ' +
    'etcd-server:2380 mysql:3306 ipsec-nat-t:4500 vxlan:4789 mdns:5353 postgresql:5432 amqp:5672 x11:6000 ' +
    'redis:6379 http-alt:8080 otv:8472 webcache:8080 sip:5060 geneve:6081 zabbix-agent:10050 iscsi-target:3260'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);

/** Ports, port ranges and lists of them, by number. */
function ports(text: string): string {
  return text
    .split(',')
    .map(
      (item) =>
        PORT[item] ??
        item
          .split(':')
          .map((port) => PORT[port] ?? port)
          .join(':'),
    )
    .join(',');
}

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
const ICMP: Readonly<Record<string, string>> = {
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
};
const ICMP6: Readonly<Record<string, string>> = {
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
};

function icmp(m: RegExpExecArray): string {
  const v6 = m[1] === 'ipv6-';
  const name = m[5];
  const type =
    name === undefined ? (m[4] === undefined ? m[3]! : `${m[3]}/${m[4]}`) : ((v6 ? ICMP6 : ICMP)[name] ?? name);
  return `-m ${v6 ? 'icmp6' : 'icmp'} ${not(m[2])}--${v6 ? 'icmpv6' : 'icmp'}-type ${type}`;
}

/** `recent: UPDATE seconds: 60 hit_count: 4 TTL-Match name: ssh side: source mask: 255.255.255.255` */
function recent(m: RegExpExecArray): string {
  const mode: Readonly<Record<string, string>> = { SET: 'set', CHECK: 'rcheck', UPDATE: 'update', REMOVE: 'remove' };
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

const MATCHES: readonly Form[] = [
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

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'];

function mark(m: RegExpExecArray): string {
  const value = m[2]!;
  const n = Number.parseInt(value, 16);
  switch (m[1]) {
    case 'and':
      return `--set-xmark 0x0/${hex(~n)}`;
    case 'or':
      return `--set-xmark ${value}/${value}`;
    case 'xor':
      return `--set-xmark ${value}/0x0`;
    case 'set':
      return `--set-xmark ${value}${value.includes('/') ? '' : '/0xffffffff'}`;
    default:
      return `--set-xmark ${value}`;
  }
}

function logOptions(m: RegExpExecArray): string {
  const words = m[1]!;
  const level = / level (\S+)/.exec(words)?.[1] ?? '4';
  const flags = Number(/ flags (\d+)/.exec(words)?.[1] ?? 0);
  const number = /^\d+$/.test(level) ? Number(level) : LEVELS.findIndex((name) => level.startsWith(name.slice(0, 4)));
  const prefix = / prefix "(.*)"$/.exec(words)?.[1];
  const has = (bit: number, word: string) =>
    (flags & bit) !== 0 || new RegExp(` ${word}(?= |$)`).test(words.replace(/ prefix ".*$/, ''));
  return [
    ...(prefix === undefined ? [] : [`--log-prefix ${ruleWord(prefix)}`]),
    ...(number === 4 ? [] : [`--log-level ${number}`]),
    ...(has(1, 'tcp-sequence') ? ['--log-tcp-sequence'] : []),
    ...(has(2, 'tcp-options') ? ['--log-tcp-options'] : []),
    ...(has(4, 'ip-options') ? ['--log-ip-options'] : []),
    ...(has(8, 'uid') ? ['--log-uid'] : []),
    ...(has(32, 'macdecode') ? ['--log-macdecode'] : []),
  ].join(' ');
}

function connmark(m: RegExpExecArray): string {
  const masks = m[3] === undefined ? (m[4] === undefined ? ['0xffffffff', '0xffffffff'] : [m[4], m[5]!]) : [m[3], m[3]];
  return `--${m[2]}-mark --nfmask ${masks[0]} --ctmask ${masks[1]}`;
}

const NAT = / *to:(\S+)((?: (?:random|random-fully|persistent))*)(?= |$)/;
const nat =
  (option: string): Writer =>
  (m) =>
    `--${option} ${m[1]}${m[2]!.replaceAll(' ', ' --')}`;
const RANDOM = form(/((?:random-fully|random|persistent)(?= |$) ?)+/, (m) =>
  m[0]
    .trim()
    .split(' ')
    .map((word) => `--${word}`)
    .join(' '),
);

/** Options of a target, by its name. */
const TARGETS: Readonly<Record<string, readonly Form[]>> = {
  DNAT: [form(NAT, nat('to-destination'))],
  SNAT: [form(NAT, nat('to-source'))],
  NETMAP: [form(NAT, nat('to'))],
  MASQUERADE: [form(/masq ports: (\S+)/, (m) => `--to-ports ${m[1]}`), RANDOM],
  REDIRECT: [form(/redir ports (\S+)/, (m) => `--to-ports ${ports(m[1]!)}`), RANDOM],
  REJECT: [form(/reject-with (\S+)/, (m) => `--reject-with ${m[1]}`)],
  MARK: [form(/MARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/, mark)],
  CONNMARK: [
    form(/CONNMARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/, mark),
    form(/CONNMARK ((save|restore)(?: mask (0x[0-9a-f]+)| nfmask (0x[0-9a-f]+) ctmask ~?(0x[0-9a-f]+))?)/, connmark),
  ],
  LOG: [
    form(
      /LOG((?: flags \d+| level \S+| tcp-sequence| tcp-options| ip-options| uid| macdecode| unknown-flags)*(?: prefix ".*")?)$/,
      logOptions,
    ),
  ],
  TCPMSS: [
    form(/TCPMSS clamp to PMTU/, () => '--clamp-mss-to-pmtu'),
    form(/TCPMSS set (\d+)/, (m) => `--set-mss ${m[1]}`),
  ],
  CT: [
    form(/(?:CT )?(?:notrack|NOTRACK)/, () => '--notrack'),
    form(/CT((?: (?:zone|helper|ctevents|expevents|zone-orig|zone-reply|timeout) \S+)+)/, (m) =>
      m[1]!.trim().replace(/(\S+) (\S+)/g, '--$1 $2'),
    ),
  ],
  NOTRACK: [form(/NOTRACK/, () => '')],
  TTL: [form(/TTL (set to|increment by|decrement by) (\d+)/, (m) => `--ttl-${m[1]!.slice(0, 3)} ${m[2]}`)],
  HL: [form(/HL (set to|increment by|decrement by) (\d+)/, (m) => `--hl-${m[1]!.slice(0, 3)} ${m[2]}`)],
  DSCP: [form(/DSCP set (0x[0-9a-f]+)/, (m) => `--set-dscp ${m[1]}`)],
  TOS: [form(/TOS set (0x[0-9a-f]+\/0x[0-9a-f]+)/, (m) => `--set-tos ${m[1]}`)],
  TPROXY: [
    form(/TPROXY redirect (\S+):(\d+) mark (\S+)/, (m) => `--on-port ${m[2]} --on-ip ${m[1]} --tproxy-mark ${m[3]}`),
  ],
  CHECKSUM: [form(/CHECKSUM fill/, () => '--checksum-fill')],
  CLASSIFY: [
    form(
      /CLASSIFY set ([0-9a-f]+):([0-9a-f]+)/,
      (m) => `--set-class ${m[1]!.padStart(4, '0')}:${m[2]!.padStart(4, '0')}`,
    ),
  ],
  NFQUEUE: [
    form(
      /NFQUEUE (num|balance) (\S+)( bypass)?( cpu-fanout)?/,
      (m) =>
        `--queue-${m[1]} ${m[2]}${m[3] === undefined ? '' : ' --queue-bypass'}${m[4] === undefined ? '' : ' --queue-cpu-fanout'}`,
    ),
  ],
  NFLOG: [
    form(/nflog-prefix (?:"([^"]*)"|(\S+))/, (m) => `--nflog-prefix ${ruleWord(m[1] ?? m[2]!)}`),
    form(/nflog-(group|size|range|threshold) (\d+)/, (m) => `--nflog-${m[1]} ${m[2]}`),
  ],
  SET: [
    form(
      /(add|del)-set (\S+) (\S+)( exist)?(?: timeout (\d+))?/,
      (m) =>
        `--${m[1]}-set ${m[2]} ${m[3]}${m[4] === undefined ? '' : ' --exist'}${m[5] === undefined ? '' : ` --timeout ${m[5]}`}`,
    ),
  ],
};

/** Protocol numbers as iptables-save names them; others are not in every system's /etc/protocols and stay numbers. */
const PROTOCOL: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '2': 'igmp',
  '4': 'ipencap',
  '6': 'tcp',
  '17': 'udp',
  '33': 'dccp',
  '41': 'ipv6',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '112': 'vrrp',
  '132': 'sctp',
  '136': 'udplite',
  ipip: 'ipencap',
  icmpv6: 'ipv6-icmp',
};

/** The name of a protocol given by number or synonym. */
export function protocolName(text: string): string {
  return PROTOCOL[text] ?? text;
}

export interface Extras {
  readonly matches: string;
  readonly options: string;
  readonly goto: boolean;
  readonly comments: readonly string[];
}

/**
 * Where a comment ends. Its text is not escaped, so it may hold the end mark itself: the first one after which all is
 * understood, else the first.
 */
function commentEnd(text: string, from: number, target: string | undefined): number {
  const ends: number[] = [];
  for (let at = text.indexOf(' */', from); at >= 0 && ends.length < 5; at = text.indexOf(' */', at + 3)) ends.push(at);
  if (ends.length === 0) return text.length;
  if (ends.length === 1 || ends.length > 4) return ends[0]!;
  return ends.find((end) => !readExtras(text.slice(end + 3), target).matches.includes('-m unread')) ?? ends[0]!;
}

/** Reads the text behind the destination column. What is not understood becomes an `unread` match. */
export function readExtras(text: string, target: string | undefined): Extras {
  const comments: string[] = [];
  const matches: string[] = [];
  const options: string[] = [];
  const lost: string[] = [];
  let goto = false;
  let conntrack = false;
  let i = 0;
  const tryForms = (forms: readonly Form[]): string | undefined => {
    for (const { text: pattern, save } of forms) {
      pattern.lastIndex = i;
      const m = pattern.exec(text);
      const written = m === null || m[0] === '' ? undefined : save(m);
      if (written === undefined) continue;
      i = pattern.lastIndex;
      return written;
    }
    return undefined;
  };
  while (i < text.length) {
    if (text[i] === ' ' || text[i] === '\t') {
      i++;
      continue;
    }
    if (text.startsWith('[goto]', i)) {
      goto = true;
      i += 6;
      continue;
    }
    if (text.startsWith('/* ', i)) {
      const end = commentEnd(text, i + 2, target);
      const comment = text.slice(i + 3, end).replace(/ $/, '');
      comments.push(comment);
      matches.push(`-m comment --comment ${ruleWord(comment)}`);
      i = end + 3;
      conntrack = false;
      continue;
    }
    const option = target === undefined ? undefined : tryForms(TARGETS[target] ?? []);
    if (option !== undefined) {
      if (option !== '') options.push(option);
      continue;
    }
    const match = tryForms(MATCHES);
    if (match !== undefined) {
      // The conntrack match prints its options without naming itself.
      const ct = /^(! )?--ct/.test(match);
      if (ct && conntrack) matches.push(`${matches.pop()} ${match}`);
      else matches.push(ct ? `-m conntrack ${match}` : match);
      conntrack = ct;
      continue;
    }
    const word = /\S+/y;
    word.lastIndex = i;
    lost.push(word.exec(text)![0]);
    i = word.lastIndex;
    conntrack = false;
  }
  if (lost.length > 0) matches.push(unread(lost.join(' ')));
  return { matches: matches.join(' '), options: options.join(' '), goto, comments };
}
