import { counter } from '../../core/event/network.js';
import type { Line, Sink } from '../../core/sink.js';
import { isObject, JsonDepth, JsonText } from '../network/json-text.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** `TcpRetransSegs                  12                 0.0`: name, value, rate. */
const COUNTER =
  /^\s*((?:Ip|Ip6|Icmp|Icmp6|IcmpMsg|Tcp|TcpExt|IpExt|Udp|Udp6|UdpLite|UdpLite6|MPTcpExt|Sctp|Tls|XfrmIn|XfrmOut)[A-Z]\w*)\s+(-?\d+)\s+[\d.]+\s*$/;
const COMPACT = /^\s*\{"kernel":\s*\{"Ip/;
/** `#kernel`, or a daemon's history: `#1234.5678 sampling_interval=…`. */
const HEADING = /^#(?:kernel|\d+\.\d+\s+sampling_interval=.*|[\w./-]+)\s*$/;

function open(sink: Sink, section: Section): LineReader {
  /** Only `nstat -j` begins with a brace, and with it. */
  let mayBeJson = /^nstat\b/.test(section.command ?? '');
  const json: Line[] = [];
  const depth = new JsonDepth();
  return {
    line(at) {
      const text = asPrinted(at.text);
      if (json.length > 0 || (mayBeJson && /^\s*\{/.test(text)) || COMPACT.test(text)) {
        mayBeJson = false;
        json.push(at);
        if (!depth.add(text)) flush();
        return true;
      }
      if (text.trim() === '' || HEADING.test(text)) return true;
      mayBeJson = false;
      const match = COUNTER.exec(text);
      if (match === null) return false;
      sink.emit(counter, { origin: 'nstat', name: match[1]!, value: BigInt(match[2]!) }, at);
      return true;
    },
    end: flush,
  };

  function flush(): void {
    if (json.length === 0) return;
    const text = new JsonText(json.splice(0));
    for (const document of text.documents) {
      if (!isObject(document)) continue;
      for (const group of Object.values(document)) {
        if (!isObject(group)) continue;
        for (const [name, value] of Object.entries(group))
          if (typeof value === 'number' && Number.isInteger(value))
            sink.emit(counter, { origin: 'nstat', name, value: BigInt(value) }, text.lineOf(group, name));
      }
    }
  }
}

/** `nstat -az`, also `-j`: iproute2 `misc/nstat.c`. Without `-a` the values are changes since its last run. */
export const nstat: Parser = {
  id: 'nstat',
  title: 'nstat -az (text and JSON)',
  command: /^(?:nstat|rtacct)(?:\s|$)/,
  starts: (line) => /^#kernel\s*$/.test(asPrinted(line)) || COUNTER.test(asPrinted(line)) || COMPACT.test(line),
  open,
};
