import { Buffer } from 'node:buffer';
import type { Line, Sink } from '../core/sink.js';
import type { RowOf, Table } from '../core/table.js';
import type { EventStore } from './event-store.js';
import type { EventWriter } from './event-writer.js';
import type { LineWriter } from './line-writer.js';
import { nowhere } from './nowhere.js';
import { oversized } from './oversized.js';
import type { PacketWriter } from './packet-writer.js';
import { QUOTE_LIMIT, quotation } from './quotation.js';

/** What writes the three kinds of rows that text gives. */
export interface Writers {
  readonly packets: PacketWriter;
  readonly lines: LineWriter;
  readonly events: EventWriter;
}

/** Where a text parser puts what it reads of a source. Each line that gave something is kept once, for quoting. */
export function textSink(store: EventStore, { packets, lines, events }: Writers, source: number): Sink {
  const facts = store.sources[source - 1]!;
  const file = store.artifacts[facts.artifact - 1]!.file;
  let quoted = 0;
  const quote = (at: Line): void => {
    if (at.number === quoted) return;
    quoted = at.number;
    lines.add(source, at.number, quotation(at.text));
  };
  return {
    addresses: store.addresses,
    tap: (tap) => store.addTap(source, tap),
    packet: (frame, tap, at) => {
      quote(at);
      packets.add(frame, tap, at.number);
    },
    packetIn: (bytes, from, to, number, frame, tap) => {
      if (to - from > QUOTE_LIMIT)
        quote({ text: Buffer.from(bytes.subarray(from, to)).toString('latin1'), number, offset: 0 });
      else if (number !== quoted) {
        quoted = number;
        lines.addBytes(source, number, bytes, from, to);
      }
      packets.add(frame, tap, number);
    },
    emit: (table, row, at) => {
      quote(at);
      const wrong = oversized(table, row);
      if (wrong.length > 0)
        store.note({ file, reason: 'lines with a number that cannot be', count: 1, firstLine: at.number });
      if (wrong.every((name) => table.columns[name]!.optional))
        events.append(table, wrong.length === 0 ? row : without(row, wrong), source, at.number);
      else store.skip(source, at.number);
    },
    capture: (capture) => store.addCapture(source, capture),
    note: (reason, place) => {
      if (place !== undefined) store.skip(source, place);
      store.note({ file, reason, count: 1, firstLine: place });
    },
    host: (host, how) => void store.hostClaims.push({ source, host, how }),
    of: sinksByHost(store, source),
  };
}

const without = <T extends Table>(row: RowOf<T>, names: readonly string[]): RowOf<T> => ({
  ...row,
  ...Object.fromEntries(names.map((name) => [name, undefined])),
});

/** Sinks for lines of a source that name their host, as a log of several machines has them: a source for each. */
function sinksByHost(store: EventStore, source: number): (host: string) => Sink {
  const facts = store.sources[source - 1]!;
  const known = new Map<string, Sink>();
  return (host) => {
    const other = known.get(host);
    if (other !== undefined) return other;
    const refused = store.admission.refuse(host);
    if (refused !== undefined) {
      store.note({ file: store.artifacts[facts.artifact - 1]!.file, reason: refused, count: 1 });
      return nowhere(store.addresses);
    }
    const own = store.addSource({ ...facts, host });
    store.hostClaims.push({ source: own, host, how: 'syslog' });
    const sink = store.sink(own);
    known.set(host, sink);
    return sink;
  };
}
