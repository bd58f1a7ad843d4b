import { counter, sysctl } from '../../core/event/network.js';
import type { Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** `cpu=0   <tab>found=0 invalid=1 …`; releases before 1.4.6 begin with `searched=`. */
const CPU = /^cpu=(\d+)\s+((?:\w+=\d+(?!\d)\s*)+)$/;

function open(sink: Sink, section: Section): LineReader {
  // A number alone is a count or a limit, as the command or the file's name says.
  const named = /nf_conntrack_(max|count|buckets)$/.exec(section.path.replace(/\.(txt|out|log)$/, ''))?.[1];
  const key = /^conntrack\s+(-C|--count)/.test(section.command ?? '') ? 'count' : named;
  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const cpu = CPU.exec(text);
      if (cpu !== null) {
        for (const [, name, value] of cpu[2]!.matchAll(/(\w+)=(\d+)/g))
          sink.emit(counter, { origin: 'conntrack', name: name!, value: BigInt(value!), cpu: Number(cpu[1]) }, at);
        return true;
      }
      if (!/^\d+$/.test(text) || key === undefined) return false;
      sink.emit(sysctl, { key: `net.netfilter.nf_conntrack_${key}`, value: text }, at);
      return true;
    },
  };
}

/** `conntrack -S` (per CPU, since boot) and `conntrack -C`; files with nf_conntrack_count or nf_conntrack_max alone. */
export const conntrackStats: Parser = {
  id: 'conntrack-stats',
  title: 'conntrack -S, conntrack -C, nf_conntrack_count, nf_conntrack_max',
  command: /^conntrack\s+(-S|-C|--stats|--count)\b/,
  path: /(?:^|\/)(?!.*proc\/sys\/)[^/]*nf_conntrack_(max|count|buckets)(\.(txt|out|log))?$/,
  starts: (line) => /^cpu=\d+\s+(searched|found)=\d+ /.test(asPrinted(line).trim()),
  open,
};
