import { canonicalAddress, familyOf } from '../../core/address.js';
import { conntrack } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';

/** Content of the first such element; libnetfilter_conntrack writes flat elements without blanks. */
const inner = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
const count = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;

const END = '</flow>';

function emitFlow(sink: Sink, flow: string, at: Line): void {
  const part = (direction: string) => new RegExp(`<meta direction="${direction}">(.*?)</meta>`).exec(flow)?.[1] ?? '';
  const [original, reply, rest] = [part('original'), part('reply'), part('independent')];
  const src = canonicalAddress(inner(original, 'src') ?? '');
  const dst = canonicalAddress(inner(original, 'dst') ?? '');
  const layer4 = /<layer4 protonum="(\d+)" protoname="([^"]*)"/.exec(original);
  if (src === undefined || dst === undefined || layer4 === null) return;
  const status = ['unreplied', 'assured', 'offload', 'hw_offload'].filter((flag) => rest.includes(`<${flag}/>`));
  sink.emit(
    conntrack,
    {
      family: familyOf(src) ?? 4,
      proto: layer4[2] === 'unknown' ? layer4[1]! : layer4[2]!,
      state: inner(rest, 'state') ?? inner(original, 'state'),
      src,
      dst,
      sport: number(inner(original, 'sport')),
      dport: number(inner(original, 'dport')),
      reply_src: canonicalAddress(inner(reply, 'src') ?? ''),
      reply_dst: canonicalAddress(inner(reply, 'dst') ?? ''),
      reply_sport: number(inner(reply, 'sport')),
      reply_dport: number(inner(reply, 'dport')),
      timeout: number(inner(rest, 'timeout')),
      status: status.length === 0 ? undefined : status.map((flag) => flag.toUpperCase()),
      mark: inner(rest, 'mark'),
      zone: number(inner(rest, 'zone')),
      packets: count(inner(original, 'packets')),
      reply_packets: count(inner(reply, 'packets')),
      age: number(inner(rest, 'deltatime')),
      event: /^<flow type="(new|update|destroy)"/.exec(flow)?.[1]?.toUpperCase(),
    },
    at,
  );
}

function open(sink: Sink): LineReader {
  let pending: { text: string; at: Line } | undefined;
  return {
    line(at) {
      const text = at.text.trim();
      if (pending === undefined && (text === '' || /^<\?xml|^<\/?conntrack>/.test(text))) {
        // The opening tag may stand on the line of the first flow.
        if (!text.includes('<flow')) return true;
      }
      const start = text.indexOf('<flow');
      if (start >= 0) pending = { text: '', at };
      if (pending === undefined) return false;
      pending.text += text.slice(Math.max(start, 0));
      if (pending.text.length > 20_000) pending = undefined;
      else if (pending.text.includes(END)) {
        const whole = pending.text.slice(0, pending.text.lastIndexOf(END) + END.length);
        for (const [flow] of whole.matchAll(/<flow[ >].*?<\/flow>/g)) emitFlow(sink, flow, pending.at);
        pending = undefined;
      }
      return true;
    },
  };
}

/** `conntrack -L -o xml`, one `<flow>` per line. Grammar: `__snprintf_conntrack_xml` of libnetfilter_conntrack. */
export const conntrackXml: Parser = {
  id: 'conntrack-xml',
  longest: Number.POSITIVE_INFINITY,
  title: 'conntrack -L -o xml',
  command: /^conntrack\s.*-o\s*\S*xml/,
  starts: (line) => /^\s*(<conntrack>\s*$|<flow( type="\w+")?>\s*<meta )/.test(line),
  open,
};
