import { wordTable } from '../../core/word-table.js';
import { emitDeviceCounter } from '../network/link-rows.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

const HEADING = /^Inter-\|\s+Receive\s+\|\s+Transmit/;
const NAMES = /^\s*face\s*\|([\w\s]+)\|([\w\s]+)$/;
/** Its headings as the keys of `ip -j -s link`. */
const WORDS = wordTable<string>({
  errs: 'errors',
  drop: 'dropped',
  fifo: 'fifo_errors',
  frame: 'frame_errors',
  colls: 'collisions',
  carrier: 'carrier_errors',
});

/** /proc/net/dev: kernel `net/core/net-procfs.c`. `drop` of the receive side includes what `ip -s link` calls missed. */
export const procNetDev: Parser = {
  id: 'proc-net-dev',
  title: '/proc/net/dev',
  command: /^cat \/proc\/(?:\w+\/)?net\/dev(?:\s|$)/,
  path: /(?:^|[/!])proc\/(?:\w+\/)?net\/dev$/,
  starts: (line) => HEADING.test(asPrinted(line)),
  open(sink) {
    let receive: readonly string[] = [];
    let names: readonly string[] = [];
    return {
      line(at) {
        const text = asPrinted(at.text);
        if (text.trim() === '' || HEADING.test(text)) return true;
        const heading = NAMES.exec(text);
        if (heading !== null) {
          receive = heading[1]!.trim().split(/\s+/);
          names = [...receive, ...heading[2]!.trim().split(/\s+/)];
          return true;
        }
        const match = /^\s*(\S+?):\s*(\d+(?:\s+\d+)*)\s*$/.exec(text);
        if (match === null) return false;
        const values = match[2]!.split(/\s+/);
        if (values.length !== names.length) return false;
        values.forEach((value, i) => {
          const name = names[i]!;
          emitDeviceCounter(sink, match[1]!, i < receive.length ? 'rx' : 'tx', WORDS[name] ?? name, BigInt(value), at);
        });
        return true;
      },
    };
  },
};
