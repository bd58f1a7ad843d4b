import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isUnfinished } from '../analysis.js';
import {
  asStream,
  PAGE_NOT_FOUND,
  PAGE_REFUSALS,
  PAGE_UPLOAD_REFUSALS,
  redirected,
  shown,
  UPLOAD,
} from '../answers.js';
import type { House } from '../house.js';
import { deletePage, failedPage, waitingPage } from '../pages/analysis.js';
import { listPage } from '../pages/list.js';
import { receive } from '../receive.js';
import { ID_PARAMS } from '../schemas.js';
import { found, summaryOf } from '../summary.js';
import { sendReport } from './report-page.js';
import { sendPage } from './send-page.js';
import { wanted } from './wanted.js';

/** Analyses on one page of the list. */
const PER_PAGE = 100;

const described = (summary: string, response: object) =>
  ({ schema: { summary, response: { ...response, ...PAGE_REFUSALS } } }) as const;

/** Of one analysis. */
const of = (summary: string, response: object) =>
  ({ schema: { ...described(summary, { ...response, ...PAGE_NOT_FOUND }).schema, params: ID_PARAMS } }) as const;

interface WithId {
  readonly Params: { readonly id: string };
}

/** What people see. All of it works without JavaScript. */
export function pageRoutes(app: FastifyInstance, house: House): void {
  const { shelf, queue, guard } = house;
  const loggedIn = (request: FastifyRequest): boolean => guard.hasCookie(request);

  app.get<{ Querystring: { q?: unknown; page?: unknown } }>(
    '/',
    described('Where bundles are dropped, and the past analyses: those with all words of q, from page on', {
      200: shown('The page.'),
    }),
    async (request, reply) => {
      const query = typeof request.query.q === 'string' ? request.query.q.trim().slice(0, 200) : '';
      const all = shelf
        .all()
        .map((analysis) => summaryOf(analysis, queue))
        .filter((summary) => found(summary, query));
      const pages = Math.max(1, Math.ceil(all.length / PER_PAGE));
      const page = Math.min(pages, Math.max(1, Math.floor(Number(request.query.page)) || 1));
      return sendPage(
        reply,
        listPage({
          summaries: all.slice((page - 1) * PER_PAGE, page * PER_PAGE),
          query,
          total: all.length,
          page,
          pages,
          maxUpload: house.maxUpload,
          loggedIn: loggedIn(request),
        }),
      );
    },
  );

  app.post(
    '/analyses',
    {
      ...asStream,
      schema: {
        ...described('Bundles, as the form of the page sends them', {
          ...redirected('To the list.'),
          ...PAGE_UPLOAD_REFUSALS,
        }).schema,
        ...UPLOAD,
      },
    },
    async (request, reply) => {
      const taken = await receive(request, shelf, house.maxUpload);
      for (const analysis of taken) if (isUnfinished(analysis)) queue.add(analysis);
      return reply.redirect('/', 303);
    },
  );

  app.get<WithId>(
    '/analyses/:id',
    of('The report, as a page; before it is done, how far it is', {
      200: shown('The page.'),
      410: shown('The report is no longer on the disk of this server.'),
    }),
    async (request, reply) => {
      const analysis = wanted(shelf, request.params.id);
      const summary = summaryOf(analysis, queue);
      switch (analysis.state) {
        case 'done':
          return sendReport(reply, shelf, analysis);
        case 'failed':
          return sendPage(reply, failedPage(summary, loggedIn(request)));
        default:
          return sendPage(reply, waitingPage(summary, loggedIn(request)));
      }
    },
  );

  app.get<WithId>(
    '/analyses/:id/delete',
    of('Asks whether to delete it', { 200: shown('The page.') }),
    async (request, reply) =>
      sendPage(reply, deletePage(summaryOf(wanted(shelf, request.params.id), queue), loggedIn(request))),
  );

  app.post<WithId>(
    '/analyses/:id/delete',
    of('End an analysis if it runs, and remove all that there is of it', redirected('To the list.')),
    async (request, reply) => {
      await queue.remove(wanted(shelf, request.params.id).id);
      return reply.redirect('/', 303);
    },
  );
}
