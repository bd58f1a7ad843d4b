import { AddressTable } from '../../src/core/address.js';
import type { Sink } from '../../src/core/sink.js';
import { readLines } from '../../src/intake/lines.js';
import { PARSERS } from '../../src/parse/index.js';
import { TextRouter } from '../../src/parse/routing/router.js';

/** Reads a text as a member of a bundle is read; its rows go to `emit`. Throws when a parser does. */
export async function readAsMember(text: Buffer, emit: Sink['emit']): Promise<void> {
  let taps = 0;
  const addresses = new AddressTable();
  const sink: Sink = {
    addresses,
    tap: () => taps++,
    packet() {},
    packetIn() {},
    capture() {},
    note() {},
    emit,
    host() {},
    of: () => sink,
  };
  const router = new TextRouter(PARSERS, 'input.txt', {
    open: () => sink,
    finished() {},
    unread: () => {},
    notUnderstood() {},
    crashed(id, line, error) {
      throw new Error(`${id} failed at line ${line}: ${error instanceof Error ? error.stack : String(error)}`);
    },
  });
  async function* bytes() {
    yield text;
  }
  const read = await readLines(bytes(), (line) => router.line(line), { bytes: (...line) => router.bytes(...line) });
  router.end(read.lines);
}
