import type { Line } from './core/sink.js';
import { decodeCapture } from './decode/capture.js';
import { readLines } from './intake/lines.js';
import type { Member } from './intake/open.js';
import type { Parser } from './parse/parser.js';
import { TextRouter } from './parse/routing/router.js';
import type { EventStore } from './store/event-store.js';
import { nowhere } from './store/nowhere.js';

/** What became of a member. */
export type Ingested = 'read' | 'not-recognised' | 'empty';

/** Reads one member into the store: a capture by frames, a text by lines. Never throws for what is in the member. */
export async function ingestMember(store: EventStore, member: Member, parsers: readonly Parser[]): Promise<Ingested> {
  switch (member.content.kind) {
    case 'pcap':
    case 'pcapng':
      return ingestCapture(store, member, member.content.kind);
    case 'text':
      return ingestText(store, member, parsers);
    case 'empty':
      return 'empty';
    case 'binary':
      store.note({ file: member.path, reason: `not read: ${member.content.reason}`, count: 1 });
      return 'not-recognised';
    default:
      store.note({ file: member.path, reason: `not read: nested ${member.content.kind} beyond the limits`, count: 1 });
      return 'not-recognised';
  }
}

async function ingestCapture(store: EventStore, member: Member, kind: 'pcap' | 'pcapng'): Promise<Ingested> {
  const artifact = store.addArtifact(member.path, kind);
  const source = store.addSource({ artifact: artifact.artifact, format: kind, filtered: false });
  const { frames } = await decodeCapture(member.bytes, store.packetSink(source));
  artifact.frames = frames;
  return 'read';
}

async function ingestText(store: EventStore, member: Member, parsers: readonly Parser[]): Promise<Ingested> {
  const artifact = store.addArtifact(member.path, 'text');
  const missed = new Map<string, { count: number; first: number }>();
  let source = 0;
  const router = new TextRouter(parsers, member.path, {
    open(piece) {
      const refused = store.admission.refuse(piece.host);
      if (refused !== undefined) {
        source = 0;
        store.note({ file: member.path, reason: refused, count: 1, firstLine: piece.firstLine });
        return nowhere(store.addresses);
      }
      source = store.addSource({
        artifact: artifact.artifact,
        firstLine: piece.firstLine,
        command: piece.command,
        format: piece.parser,
        host: piece.host,
        netns: piece.netns,
        section: piece.section,
        filtered: piece.filtered,
      });
      if (piece.host !== undefined) store.hostClaims.push({ source, host: piece.host, how: 'prompt' });
      return store.sink(source);
    },
    finished: () => {
      if (source > 0) store.finish(source);
    },
    notUnderstood(parser, line) {
      if (source > 0) store.skip(source, line);
      const known = missed.get(parser);
      if (known === undefined) missed.set(parser, { count: 1, first: line });
      else known.count++;
    },
    unread: (command, firstLine, count) =>
      store.note({ file: member.path, reason: `podtrail does not read the output of ${command}`, count, firstLine }),
    crashed(parser, line, error) {
      const why = error instanceof Error ? error.message : String(error);
      store.note({
        file: member.path,
        reason: `the ${parser} parser failed (a bug in podtrail: ${why.slice(0, 200)})`,
        count: 1,
        firstLine: line,
      });
    },
  });
  // Where no piece has room any more, only the open one is read to its end.
  const over = (): boolean => source === 0 && store.admission.closed;
  const line = (at: Line): void => {
    if (!over()) router.line(at);
  };
  const read = await readLines(member.bytes, line, {
    bytes: (bytes, from, to, number) => over() || router.bytes(bytes, from, to, number),
    long: (beginning) =>
      Math.max(0, ...parsers.map(({ oneLine, starts }) => (oneLine !== undefined && starts(beginning) ? oneLine : 0))),
  });
  router.end(read.lines);
  artifact.lines = read.lines;
  for (const note of read.notes) store.note({ file: member.path, ...note });
  for (const [parser, { count, first }] of missed) {
    store.note({ file: member.path, reason: `lines not understood as ${parser}`, count, firstLine: first });
  }
  if (router.unclaimed.nothing && router.unclaimed.count > 0) {
    store.note({
      file: member.path,
      reason: 'no known format in this text',
      count: router.unclaimed.count,
      firstLine: router.unclaimed.first,
    });
    return 'not-recognised';
  }
  return 'read';
}
