import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isUnfinished } from '../analysis.js';
import { NOT_FOUND, REFUSALS } from '../answers.js';
import type { House } from '../house.js';
import { ID_PARAMS } from '../schemas.js';
import { summaryOf } from '../summary.js';
import { wanted } from './wanted.js';

/** Milliseconds between two rounds of news to one listener, and between signs of life when there is none. */
const ROUND = 250;
const ALIVE = 15_000;

const STREAM = {
  description: 'Server-sent events `change` and `gone`; data is an analysis without its report, or its id.',
  content: { 'text/event-stream': { schema: { type: 'string' } } },
} as const;

/** Live states, as server-sent events (WHATWG HTML, 9.2). */
export function eventRoutes(app: FastifyInstance, house: House): void {
  app.get(
    '/api/events',
    { schema: { operationId: 'listen', summary: 'Changes of all analyses', response: { 200: STREAM, ...REFUSALS } } },
    async (_request, reply) => {
      const unfinished = house.shelf.all().filter(isUnfinished);
      return tell(
        house,
        reply,
        unfinished.map(({ id }) => id),
      );
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/analyses/:id/events',
    {
      schema: {
        operationId: 'follow',
        summary:
          'Changes of one analysis until it ends: stage, bytes, packets, place in the queue; first how it is now',
        params: ID_PARAMS,
        response: { 200: STREAM, ...NOT_FOUND, ...REFUSALS },
      },
    },
    async ({ params }, reply) => {
      const { id } = wanted(house.shelf, params.id);
      return tell(house, reply, [id], id);
    },
  );
}

/**
 * News are gathered and sent in rounds, the last state of each: what reads slowly misses steps, never the end. With `only`, of
 * one analysis, and the stream ends with it.
 */
function tell({ shelf, queue }: House, reply: FastifyReply, first: readonly string[], only?: string): FastifyReply {
  const stream = new PassThrough();
  const news = new Set<string>(first);
  let quiet = 0;
  const round = (): void => {
    quiet += ROUND;
    if (stream.writableNeedDrain || stream.writableEnded) return;
    for (const id of news) {
      const analysis = shelf.get(id);
      const [event, data] = analysis === undefined ? ['gone', { id }] : ['change', summaryOf(analysis, queue)];
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      quiet = 0;
      if (id === only && (analysis === undefined || !isUnfinished(analysis))) {
        stream.end();
        return;
      }
    }
    news.clear();
    if (quiet < ALIVE) return;
    quiet = 0;
    stream.write(': alive\n\n');
  };
  const clock = setInterval(round, ROUND);
  const deafen = queue.news.listen((id) => {
    if (only === undefined || id === only) news.add(id);
  });
  stream.on('close', () => {
    clearInterval(clock);
    deafen();
  });
  stream.write('retry: 2000\n\n');
  round();
  return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream);
}
