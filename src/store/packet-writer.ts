import type { DuckDBAppender } from '@duckdb/node-api';
import { type Frame, Proto, Tunnel } from '../core/frame.js';
import type { NumberValues } from './column-range.js';
import { bindings, duckdb, VECTOR } from './duckdb.js';
import { PACKET_COLUMNS } from './packet-columns.js';
import { GROUP, PacketRows } from './packet-rows.js';
import { Spill } from './spill.js';
import type { WriteGuard } from './write-guard.js';

/**
 * Kinds of packets of which it is known at once whether there are any. `syn-ack`, `reset`, `data`: TCP with these flags, or with a
 * payload; `dns`: UDP from or to port 53; `large`: IP packets of 576 bytes and more; `quote`: ICMP errors that quote a packet.
 */
export type PacketKind = 'tcp' | 'syn-ack' | 'reset' | 'data' | 'udp' | 'dns' | 'icmp' | 'large' | 'tunnel' | 'quote';

/** Every host must take as much (RFC 791 3.1). */
const LARGE = 576;
const DNS = 53;
const [RST, SYN_ACK] = [4, 18];

/**
 * Collects frames as columns. The few packets of most bundles go to the table `packet_raw`, which is quick to ask; many go to
 * a Parquet file, which is quicker to write: the database copies each value three times and tries out how to compress it, and
 * most of the fifty columns have the same value in every packet of a capture.
 */
export class PacketWriter {
  readonly #spill: Spill<PacketRows>;
  #held = 0;
  /** 1 at the number of each IP protocol that was seen. */
  readonly #protos = new Uint8Array(256);
  /** All flags of any TCP segment, and whether any had those of a SYN-ACK. */
  #tcpFlags = 0;
  #synAck = false;
  #data = false;
  #dns = false;
  #longest = 0;
  #tunnelled = false;
  #quoting = false;
  /** Packets written so far. */
  count = 0;

  /** `file` is where the Parquet file goes. */
  constructor(file: string, guard: WriteGuard) {
    this.#spill = new Spill(file, PACKET_COLUMNS, () => new PacketRows(), guard);
  }

  /** Copies one frame. A frame without a time gets -1. */
  add(frame: Frame, tap: number, place: number): void {
    // Full only when it could not be handed over: fails again rather than write beyond the columns.
    if (this.#held === GROUP) this.#write();
    this.#spill.rows.set(this.#held, frame, tap, place);
    this.#look(frame);
    this.count++;
    if (++this.#held === GROUP) this.#write();
  }

  #look(frame: Frame): void {
    if (frame.proto >= 0) this.#protos[frame.proto] = 1;
    if (frame.proto === Proto.tcp) {
      if (frame.tcpFlags >= 0) {
        this.#tcpFlags |= frame.tcpFlags;
        if ((frame.tcpFlags & SYN_ACK) === SYN_ACK) this.#synAck = true;
      }
      if (frame.payloadLen > 0) this.#data = true;
    } else if (frame.proto === Proto.udp && (frame.dport === DNS || frame.sport === DNS)) this.#dns = true;
    if (frame.ipLen > this.#longest) this.#longest = frame.ipLen;
    if (frame.tunnel !== Tunnel.none) this.#tunnelled = true;
    if (frame.quotedDst !== 0) this.#quoting = true;
  }

  /** True when any packet of this kind was written. */
  saw(kind: PacketKind): boolean {
    switch (kind) {
      case 'tcp':
        return this.#protos[Proto.tcp] === 1;
      case 'syn-ack':
        return this.#synAck;
      case 'reset':
        return (this.#tcpFlags & RST) !== 0;
      case 'data':
        return this.#data;
      case 'dns':
        return this.#dns;
      case 'large':
        return this.#longest >= LARGE;
      case 'udp':
        return this.#protos[Proto.udp] === 1;
      case 'icmp':
        return this.#protos[Proto.icmp] === 1 || this.#protos[Proto.icmp6] === 1;
      case 'tunnel':
        return this.#tunnelled;
      case 'quote':
        return this.#quoting;
    }
  }

  /** Ends writing: nothing can be added any more. Returns the Parquet file that holds all packets, or undefined when `appender` got them. */
  end(appender: DuckDBAppender): Promise<string | undefined> {
    return this.#spill.end(this.#held, (rows) => appendColumns(appender, rows.values, this.#held));
  }

  #write(): void {
    this.#spill.write(this.#held);
    this.#held = 0;
  }
}

/** Hands columns over to the database, a vector of each at a time. */
function appendColumns(appender: DuckDBAppender, columns: readonly NumberValues[], rows: number): void {
  const { BIGINT, INTEGER, UINTEGER } = duckdb;
  const types = { BIGINT, INTEGER, UINTEGER } as const;
  const chunk = duckdb.DuckDBDataChunk.create(
    PACKET_COLUMNS.map(({ type }) => types[type]),
    VECTOR,
  );
  const vectors = columns.map((_, i) => bindings.data_chunk_get_vector(chunk.chunk, i));
  for (let from = 0; from < rows; from += VECTOR) {
    const count = Math.min(VECTOR, rows - from);
    columns.forEach(({ kind, values: { buffer, byteOffset } }, i) => {
      const width = kind === 'narrow' ? 4 : 8;
      bindings.copy_data_to_vector(vectors[i]!, 0, buffer, byteOffset + width * from, width * count);
    });
    chunk.rowCount = count;
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
}
