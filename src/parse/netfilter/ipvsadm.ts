import { canonicalAddress } from '../../core/address.js';
import { ipvs } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const VERSION = /^IP Virtual Server version [\d.]+ \(size=\d+\)$/;
const VIRTUAL = /^(TCP|UDP|SCTP|FWM) +(\S+)(?: +([a-z]+)(?: +(.*))?)?$/;
const REAL = /^-> +(\S+) +(Masq|Route|Tunnel|Local|Masquerade) +(\d+) +(\d+) +(\d+)$/;
/** `--stats` and `--rate` print counters instead. */
const REAL_COUNTED = /^-> +(?=\S*:\S)(\S+) +[\dKMGT]+(?: +[\dKMGT]+)+$/;
const SAVED = /^-([Aa]) (?:-([tuf])|--(?:tcp|udp|sctp|fwmark)-service|--(sctp)-service) (\S+) (.*)$/;

/** `1.2.3.4:80`, `[fd00::1]:80`, a mark or a name. */
function server(text: string): { readonly address: string; readonly port?: number } {
  const match = /^(?:\[(.+)\]|([^:]+)|(.+?)):(\w+)$/.exec(text);
  if (match === null) return { address: text };
  const address = match[1] ?? match[2] ?? match[3]!;
  const port = /^\d+$/.test(match[4]!) ? { port: Number(match[4]) } : {};
  return { address: canonicalAddress(address) ?? address, ...port };
}

function open(sink: Sink): LineReader {
  let virtual: { readonly proto: string; readonly address: string; readonly port?: number } | undefined;

  const saved = (match: RegExpExecArray, at: Line): void => {
    const proto = match[3] === 'sctp' ? 'SCTP' : { t: 'TCP', u: 'UDP', f: 'FWM' }[match[2] ?? 't']!;
    const option = (name: string) => new RegExp(`(?:^| )-${name} (\\S+)`).exec(match[5]!)?.[1];
    const service = { proto, ...(proto === 'FWM' ? { address: match[4]! } : server(match[4]!)) };
    if (match[1] === 'A') {
      const persistent = option('p');
      const flags = persistent === undefined ? undefined : `persistent ${persistent}`;
      sink.emit(ipvs, { ...service, scheduler: option('s'), flags }, at);
      return;
    }
    const real = server(option('r') ?? '');
    const forward = /(?:^| )-m( |$)/.test(match[5]!) ? 'Masq' : /(?:^| )-i( |$)/.test(match[5]!) ? 'Tunnel' : 'Route';
    const weight = option('w');
    sink.emit(
      ipvs,
      {
        ...service,
        real_address: real.address,
        real_port: real.port,
        forward,
        weight: weight === undefined ? undefined : Number(weight),
      },
      at,
    );
  };

  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '' || VERSION.test(text)) return true;
      if (/^Prot +LocalAddress:Port/.test(text) || /^-> +RemoteAddress:Port/.test(text)) return true;
      const rule = SAVED.exec(text);
      if (rule !== null) {
        saved(rule, at);
        return true;
      }
      const real = REAL.exec(text);
      if (real !== null) {
        if (virtual === undefined) return false;
        const { address, port } = server(real[1]!);
        sink.emit(
          ipvs,
          {
            ...virtual,
            real_address: address,
            real_port: port,
            forward: real[2]!,
            weight: Number(real[3]),
            active: Number(real[4]),
            inactive: Number(real[5]),
          },
          at,
        );
        return true;
      }
      const counted = REAL_COUNTED.exec(text);
      if (counted !== null && virtual !== undefined) {
        const { address, port } = server(counted[1]!);
        sink.emit(ipvs, { ...virtual, real_address: address, real_port: port }, at);
        return true;
      }
      const service = VIRTUAL.exec(text);
      const counters = /^(TCP|UDP|SCTP|FWM) +(\S+)(?: +[\dKMGT]+){3,}$/.exec(text);
      if (service === null && counters === null) return false;
      const [, proto, place] = (service ?? counters)!;
      if (proto !== 'FWM' && !place!.includes(':')) return false;
      virtual = { proto: proto!, ...(proto === 'FWM' ? { address: place! } : server(place!)) };
      sink.emit(ipvs, { ...virtual, scheduler: service?.[3], flags: service?.[4] }, at);
      return true;
    },
  };
}

/** `ipvsadm -Ln` (also with --stats or --rate) and `ipvsadm -Sn`. Grammar: `print_title`, `print_service_entry` in ipvsadm.c. */
export const ipvsadm: Parser = {
  id: 'ipvsadm',
  title: 'ipvsadm -Ln, ipvsadm -Sn',
  command: /^ipvsadm\b/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return VERSION.test(text) || /^Prot +LocalAddress:Port/.test(text) || /^-[Aa] -[tuf] \S+ -[sr] \S+/.test(text);
  },
  open,
};
