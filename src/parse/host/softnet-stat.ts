import { counter } from '../../core/event/network.js';
import type { Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** /proc/net/softnet_stat, one line of hexadecimal words per CPU: kernel `net/core/net-procfs.c`, softnet_seq_show. */
export const softnetStat: Parser = {
  id: 'softnet-stat',
  title: '/proc/net/softnet_stat',
  command: /^cat \/proc\/(?:\w+\/)?net\/softnet_stat(?:\s|$)/,
  path: /(?:^|[/!])softnet_stat$/,
  starts: () => false,
  open(sink) {
    let row = 0;
    return {
      line(at) {
        const text = asPrinted(at.text).trim();
        if (text === '') return true;
        if (!/^[0-9a-f]{8}(?: [0-9a-f]{8}){8,}$/.test(text)) return false;
        const words = text.split(' ');
        // Kernels from 5.10 on say which CPU it is; before, lines are the online CPUs in order.
        const cpu = words[12] === undefined ? row : Number.parseInt(words[12], 16);
        row++;
        ['processed', 'dropped', 'time_squeeze'].forEach((name, i) => {
          sink.emit(counter, { origin: 'softnet', name, value: BigInt(`0x${words[i]}`), cpu }, at);
        });
        return true;
      },
    };
  },
};
