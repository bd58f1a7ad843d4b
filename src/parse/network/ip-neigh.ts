import { canonicalAddress } from '../../core/address.js';
import { neighbour } from '../../core/event/network.js';
import type { RowOf } from '../../core/table.js';
import type { Parser } from '../parser.js';
import { wordsOf } from '../pasted.js';
import { ipCommand, ipText } from './ip-command.js';

const STATE = /^(?:NONE|INCOMPLETE|REACHABLE|STALE|DELAY|PROBE|FAILED|NOARP|PERMANENT|0x[0-9a-f]+)(?:,(?:[A-Z]+))*$/;
const FLAGS = new Set(['router', 'proxy', 'extern_learn', 'offload', 'managed', 'extern_valid', 'use', 'sticky']);
const VALUED = new Set(['dev', 'lladdr', 'ref', 'proto', 'protocol', 'vrf', 'nomaster', 'master']);

/** Reads `10.244.2.0 dev flannel.1 lladdr 0e:… [router] [ref N] [used a/b/cprobes N] PERMANENT`; undefined when it is none. */
function readNeighbour(words: readonly string[], device: string | undefined): RowOf<typeof neighbour> | undefined {
  const address = words[0] === undefined ? undefined : canonicalAddress(words[0]);
  if (address === undefined) return undefined;
  let dev = device;
  let mac: string | undefined;
  let state: string | undefined;
  const flags: string[] = [];
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    if (word === 'used') {
      // The kernel's three ages and, glued to them or not, the number of probes.
      i++;
      if (words[i]?.endsWith('probes') === true || words[i + 1] === 'probes') i += words[i]!.endsWith('probes') ? 1 : 2;
    } else if (VALUED.has(word)) {
      const value = words[++i];
      if (word === 'dev') dev = value;
      else if (word === 'lladdr') mac = value?.toLowerCase();
    } else if (FLAGS.has(word)) flags.push(word);
    else if (STATE.test(word)) state = word;
    else return undefined;
  }
  state ??= flags.includes('proxy') ? 'proxy' : mac === undefined ? undefined : 'NONE';
  if (dev === undefined || state === undefined) return undefined;
  return { address, dev, mac, state, flags: flags.length === 0 ? undefined : flags };
}

/** `ip neigh` in words, with `-s` and filters: iproute2 `ip/ipneigh.c`; ip-neighbour(8). */
export const ipNeigh: Parser = {
  id: 'ip-neigh',
  title: 'ip neigh, ip -6 neigh (text)',
  command: ipText(['neighbour', 'neighbor']),
  starts(line) {
    const words = wordsOf(line);
    return words[1] === 'dev' && words.length > 3 && readNeighbour(words, undefined) !== undefined;
  },
  open(sink, section) {
    const device = ipCommand(section).after(/^dev$/);
    return {
      line(at) {
        const words = wordsOf(at.text);
        if (words.length === 0) return true;
        const row = readNeighbour(words, device);
        if (row !== undefined) sink.emit(neighbour, row, at);
        return row !== undefined;
      },
    };
  },
};
