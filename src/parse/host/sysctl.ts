import { sysctl as table } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { hostName } from './hostname.js';

/** `net.ipv4.ip_forward = 1`; some tools leave the blanks out. */
const PAIR =
  /^\s*((?:net|kernel|vm|fs|dev|user|abi|debug|crypto|sunrpc|fscache|xen)(?:[./][\w@:+*-]+)+)\s*=\s*(.*\S|)\s*$/;
/** `/proc/sys/net/ipv4/ip_forward:1`, as grep prints it. */
const GREPPED = /^\s*\/?proc\/sys\/([\w./@+-]+):(.*\S|)\s*$/;
const ABSENT =
  /^(?:sysctl|cat|grep|head|tail): (?:cannot stat )?['"]?\/?proc\/sys\/([\w./@+-]+?)['"]?: No such file or directory/;
const UNKNOWN_KEY = /^(?:sysctl: )?error: ["']?([\w./-]+?)["']? is an unknown key/;
const COMPLAINT = /^(?:sysctl: |\* Applying |cat: \/proc\/sys|grep: \/proc\/sys)/;
/** Keys whose value is a secret. */
const SECRET = /(?:secret|fastopen_key)$/;

/**
 * Files with one value, named after its key: Rancher's supportability review writes them, and people do
 * (`cat /proc/sys/net/ipv4/ip_forward > ip_forward.txt`).
 */
const VALUE_FILE =
  /(?:^|[/!_])(?:(?:ipv4_)?(ip_forward)|(bridge-nf-call-(?:ip|ip6|arp)tables)|(nf_conntrack_(?:max|count|buckets)))(?:\.(?:txt|log|out))?$/;

function keyOfFile(path: string): string | undefined {
  const [, forward, bridge, conntrack] = VALUE_FILE.exec(path) ?? [];
  if (forward !== undefined) return 'net.ipv4.ip_forward';
  if (bridge !== undefined) return `net.bridge.${bridge}`;
  return conntrack === undefined ? undefined : `net.netfilter.${conntrack}`;
}

/** From the file's path below /proc/sys: only there is a dot in a name surely part of an interface's name. */
const keyOfPath = (path: string): string => path.replace(/^.*?proc\/sys\//, '').replaceAll('/', '.');
/** sysctl swaps dots and slashes, so that `eth0.100` is printed as `eth0/100`. */
const keyOfName = (name: string): string => name.replaceAll('/', '.');

function emit(sink: Sink, key: string, value: string, at: Line): void {
  if (key === 'kernel.hostname') {
    const name = hostName(value);
    if (name !== undefined) sink.host(name, 'sysctl');
  } else if (!key.startsWith('net.')) return;
  if (!SECRET.test(key)) sink.emit(table, { key, value: value.replace(/\s+/g, ' ') }, at);
}

/** The keys of values that are printed alone, one a line: a file of /proc/sys, `cat` of some, `sysctl -n`. */
function keysOf(section: Section): string[] {
  if (/(?:^|[/!])proc\/sys\//.test(section.path)) return [keyOfPath(section.path.replace(/^.*!/, ''))];
  const words = section.command?.split(/\s+/) ?? [];
  if (words[0] === 'cat')
    return words.flatMap((word) => (/^\/proc\/sys\/[\w./@-]+$/.test(word) ? [keyOfPath(word)] : []));
  if (words[0] === 'sysctl' && words.some((word) => /^(?:-\w*n\w*|--values)$/.test(word)))
    return words.slice(1).flatMap((word) => (/^\w+[./]/.test(word) ? [keyOfName(word)] : []));
  return [];
}

function open(sink: Sink, section: Section): LineReader {
  const keys = keysOf(section);
  const file = keyOfFile(section.path);
  // sysctl.conf says what somebody wanted, not what the kernel has.
  const wish =
    /(?:^|[/!])(?:sysctl\.d\/|sysctl\.conf)/.test(section.path) ||
    /^(?:cat|grep)\s.*(?:sysctl\.d\/|sysctl\.conf)/.test(section.command ?? '');
  let next = 0;
  return {
    line(at) {
      const text = asPrinted(at.text);
      if (text.trim() === '') return true;
      if (wish) return /^\s*[#;]/.test(text) || PAIR.test(text);
      const absent = ABSENT.exec(text) ?? UNKNOWN_KEY.exec(text);
      if (absent !== null) {
        const key = absent[1]!.includes('/') ? keyOfPath(absent[1]!) : absent[1]!;
        if (key.startsWith('net.')) sink.emit(table, { key, value: '', absent: true }, at);
        next++;
        return true;
      }
      if (COMPLAINT.test(text.trimStart())) return true;
      const grepped = GREPPED.exec(text);
      if (grepped !== null) {
        emit(sink, keyOfPath(grepped[1]!), grepped[2]!, at);
        return true;
      }
      const pair = PAIR.exec(text);
      if (pair !== null) {
        emit(sink, keyOfName(pair[1]!), pair[2]!, at);
        return true;
      }
      if (file !== undefined && keys.length === 0 && next === 0 && /^\s*\d+\s*$/.test(text)) {
        next++;
        emit(sink, file, text.trim(), at);
        return true;
      }
      const key = keys[next];
      if (key === undefined || !/^[-\w.:, \t]*$/.test(text)) return false;
      next++;
      emit(sink, key, text.trim(), at);
      return true;
    },
  };
}

/** Kernel settings: sysctl(8) of procps and busybox, and files below /proc/sys as they are or as grep prints them. */
export const sysctl: Parser = {
  id: 'sysctl',
  title: 'sysctl -a, files of /proc/sys, grep . /proc/sys/…',
  command: /^sysctl\b|^(?:cat|grep|head|tail)\s.*\/proc\/sys\/|^(?:cat|grep)\s.*\/etc\/sysctl\.(?:conf|d)/,
  path: new RegExp(
    `(?:^|[/!])proc/sys/(?:net/|kernel/hostname$)|(?:^|[/!])etc/sysctl\\.(?:conf$|d/)|${VALUE_FILE.source}`,
  ),
  starts(line) {
    const text = asPrinted(line);
    return (
      PAIR.test(text) ||
      GREPPED.test(text) ||
      /^sysctl: (?:cannot stat|permission denied|reading key|setting key)/.test(text)
    );
  },
  open,
};
