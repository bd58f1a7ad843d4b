import { canonicalAddress } from '../../core/address.js';
import { fdb } from '../../core/event/network.js';
import type { RowOf } from '../../core/table.js';
import type { Parser } from '../parser.js';
import { wordsOf } from '../pasted.js';
import { ipCommand } from './ip-command.js';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const FLAGS = new Set(
  'self router offload extern_learn sticky locked permanent static stale dynamic local added_by_user offloaded blackhole proto activity_notify inactive'.split(
    ' ',
  ),
);
const NUMBERS = new Set(['port', 'vlan', 'vni', 'src_vni', 'nhid']);

/** Reads `0e:… dev flannel.1 dst 192.168.1.12 self permanent`; undefined when it is none. */
function readEntry(words: readonly string[], device: string | undefined): RowOf<typeof fdb> | undefined {
  const mac = words[0];
  if (mac === undefined || !MAC.test(mac)) return undefined;
  let dev = device;
  let dst: string | undefined;
  let via: string | undefined;
  let master: string | undefined;
  const numbers = new Map<string, number>();
  const flags: string[] = [];
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    const next = words[i + 1];
    if (FLAGS.has(word) || /^state=/.test(word)) flags.push(word);
    else if (next === undefined) return undefined;
    else {
      i++;
      if (word === 'dev') dev = next;
      else if (word === 'dst') dst = canonicalAddress(next);
      else if (word === 'via') via = next;
      else if (word === 'master') master = next;
      else if (NUMBERS.has(word) && /^\d+$/.test(next)) numbers.set(word, Number(next));
      else if (word !== 'used' && word !== 'linkNetnsId' && word !== 'link-netnsid') return undefined;
      if (word === 'dst' && dst === undefined) return undefined;
    }
  }
  // `bridge fdb show dev X` leaves the device out; without the command only an entry with a VTEP is told from other text.
  if (dev === undefined && dst === undefined) return undefined;
  return {
    mac: mac.toLowerCase(),
    dev,
    dst,
    vni: numbers.get('vni'),
    port: numbers.get('port'),
    via,
    vlan: numbers.get('vlan'),
    master,
    flags: flags.length === 0 ? undefined : flags,
  };
}

/** `bridge fdb` in words, with `-s -d -t` and filters: iproute2 `bridge/fdb.c`; bridge(8). */
export const bridgeFdb: Parser = {
  id: 'bridge-fdb',
  title: 'bridge fdb show (text)',
  command: /^bridge(?!.*\s--?j(?:s|so|son)?(?:\s|$))(?:\s+-\S+)*\s+f(?:d(?:b)?)?(?:\s|$)/,
  starts(line) {
    const words = wordsOf(line);
    return (words[1] === 'dev' || words[1] === 'dst') && readEntry(words, undefined) !== undefined;
  },
  open(sink, section) {
    const device = ipCommand(section).after(/^(?:dev|brport)$/);
    return {
      line(at) {
        const words = wordsOf(at.text);
        if (words.length === 0) return true;
        if (words[0] === 'Deleted') return words.length > 3;
        const row = readEntry(words, device);
        if (row !== undefined) sink.emit(fdb, row, at);
        return row !== undefined;
      },
    };
  },
};
