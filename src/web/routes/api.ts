import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { isUnfinished } from '../analysis.js';
import { asStream, NOT_FOUND, REFUSALS, said, UPLOAD, UPLOAD_REFUSALS } from '../answers.js';
import type { House } from '../house.js';
import { receive } from '../receive.js';
import { Refusal } from '../refusal.js';
import { ACCEPTED, ANALYSIS, ID_PARAMS, LISTED, PAGE } from '../schemas.js';
import { found, type Summary, summaryOf } from '../summary.js';
import { wanted } from './wanted.js';

/** What scripts ask. */
export function apiRoutes(app: FastifyInstance, house: House): void {
  const { shelf, queue } = house;

  app.post(
    '/api/analyses',
    {
      ...asStream,
      schema: {
        operationId: 'analyse',
        summary: 'Send one bundle or several: multipart/form-data, field bundle',
        ...UPLOAD,
        response: {
          202: { description: 'Taken in; the analysis waits in the queue.', ...ACCEPTED },
          ...UPLOAD_REFUSALS,
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      const taken = await receive(request, shelf, house.maxUpload);
      for (const analysis of taken) if (isUnfinished(analysis)) queue.add(analysis);
      const ids = taken.map(({ id }) => id);
      return reply
        .code(202)
        .header('location', `/api/analyses/${ids[0]}`)
        .send(ids.length === 1 ? { id: ids[0] } : { id: ids[0], ids });
    },
  );

  app.get<{ Querystring: Listed }>(
    '/api/analyses',
    {
      schema: {
        operationId: 'list',
        summary: 'Analyses, newest first; those that there is no room for come with the cursor',
        querystring: LISTED,
        response: {
          200: { description: 'The newest, or those behind the cursor.', ...PAGE },
          400: said('limit or cursor is none.'),
          ...REFUSALS,
        },
      },
    },
    async ({ query: { q = '', limit, cursor } }) => {
      const all = shelf
        .all()
        .map((analysis) => summaryOf(analysis, queue))
        .filter((summary) => found(summary, q));
      const rest = cursor === undefined ? all : all.filter((summary) => cursorOf(summary) < cursor);
      const analyses = rest.slice(0, limit);
      const last = analyses.at(-1);
      return {
        analyses,
        total: all.length,
        ...(last !== undefined && rest.length > limit && { next: cursorOf(last) }),
      };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/analyses/:id',
    {
      schema: {
        operationId: 'get',
        summary: 'One analysis, with its report when it is done',
        params: ID_PARAMS,
        response: {
          200: { description: 'The analysis.', content: { 'application/json': { schema: ANALYSIS } } },
          410: said('The report is no longer on the disk of this server.'),
          ...NOT_FOUND,
          ...REFUSALS,
        },
      },
    },
    async ({ params }, reply) => {
      const analysis = wanted(shelf, params.id);
      const head = JSON.stringify({ ...summaryOf(analysis, queue), report: null });
      reply.type('application/json; charset=utf-8');
      if (analysis.state !== 'done') return head;
      const path = shelf.path(analysis.id, 'json');
      await stat(path).catch(() => {
        throw new Refusal(410, 'The report is no longer on the disk of this server.');
      });
      // A report may be large: it goes from the disk to the socket, never through a string.
      return reply.send(Readable.from(within(head.slice(0, -'null}'.length), path)));
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/analyses/:id',
    {
      schema: {
        operationId: 'delete',
        summary: 'End an analysis if it runs, and remove all that there is of it',
        params: ID_PARAMS,
        response: { 204: { description: 'It is gone.', type: 'null' }, ...NOT_FOUND, ...REFUSALS },
      },
    },
    async ({ params }, reply) => {
      await queue.remove(wanted(shelf, params.id).id);
      return reply.code(204).send();
    },
  );
}

interface Listed {
  readonly q?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Gives the order of the list, which stays when analyses come and go between two requests. */
const cursorOf = ({ received, id }: Summary): string => `${received}_${id}`;

async function* within(head: string, path: string): AsyncGenerator<Buffer | string> {
  yield head;
  yield* createReadStream(path) as AsyncIterable<Buffer>;
  yield '}';
}
