import { wordTable } from '../../core/word-table.js';
import { form, type ListedForm } from './iptables-form.js';
import { ports } from './iptables-names.js';
import { ruleWord } from './rule-text.js';

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
  (option: string): ListedForm['save'] =>
  (m) =>
    `--${option} ${m[1]}${m[2]!.replaceAll(' ', ' --')}`;
const RANDOM = form(/((?:random-fully|random|persistent)(?= |$) ?)+/, (m) =>
  m[0]
    .trim()
    .split(' ')
    .map((word) => `--${word}`)
    .join(' '),
);

/** Options of a target, by its name, as `iptables -L` prints them last. Source: the extensions' `print` and `save`. */
export const TARGETS = wordTable<readonly ListedForm[]>({
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
});
