import { printable } from '../core/escape.js';
import type { Trace, TracedWalk, TracedWay } from '../core/trace.js';
import { plain } from './style.js';
import { arrives, type TraceLayout, walkLines } from './trace-walk.js';
import { wrapped } from './wrap.js';

const PLAIN: TraceLayout = { style: plain, width: 100, all: false };

/** Where a walk ends, and for a failing one what ends it: ways that agree in this are alike. */
function endKey(walk: TracedWalk | undefined): string {
  if (walk === undefined) return 'none';
  const last = walk.steps.at(-1);
  return arrives(walk) || last === undefined
    ? walk.disposition
    : JSON.stringify([walk.disposition, last.node, last.stage, walk.missing?.what, last.because]);
}

const alike = (a: TracedWay, b: TracedWay): boolean =>
  endKey(a.request) === endKey(b.request) && endKey(a.reply) === endKey(b.reply);

/** `delivered on node-2, answered`. */
function endWords({ request, reply }: TracedWay): string {
  const end = reply !== undefined && !arrives(reply) ? reply : request;
  const where = `${end.disposition} on ${end.steps.at(-1)?.node ?? '?'}`;
  if (end === request) return reply === undefined ? where : `${where}, and answered`;
  return `the answer ${where}`;
}

/** The journey for a terminal: hop by hop. Of ways that end alike the first is shown, the others have a line each. */
export function renderTrace(trace: Trace, layout: TraceLayout = PLAIN): string {
  const { style, width } = layout;
  const out: string[] = [
    style.bold(wrapped(trace.question, { indent: '', hanging: '  ', width })),
    wrapped(trace.summary, { indent: '  ', width }),
    '',
  ];
  const several = trace.ways.length > 1;
  let folded = false;
  trace.ways.forEach((way, i) => {
    const name = way.choice ?? `${i + 1} of ${trace.ways.length}`;
    const shown = layout.all ? undefined : trace.ways.slice(0, i).find((other) => alike(other, way));
    if (shown !== undefined) {
      folded = true;
      out.push(wrapped(`Way: ${name}: ${endWords(way)}, like the one above`, { indent: '', hanging: '  ', width }));
      return;
    }
    if (folded) out.push('');
    folded = false;
    if (several || way.choice !== undefined) out.push(style.bold(`Way: ${printable(name)}`));
    out.push(style.bold('There'), ...walkLines(way.request, layout));
    // What is taken for granted on the way there is not said again.
    const known = new Set(way.request.assumed.map(({ what }) => what));
    if (way.reply !== undefined) {
      const news = way.reply.assumed.filter(({ what }) => !known.has(what));
      out.push(style.bold('Back'), ...walkLines({ ...way.reply, assumed: news }, layout));
    }
    out.push('');
  });
  if (trace.ways.some((way, i) => trace.ways.slice(0, i).some((other) => alike(other, way))) && !layout.all)
    out.push(style.dim('--all shows every way in full.'), '');
  return `${out.join('\n')}\n`;
}
