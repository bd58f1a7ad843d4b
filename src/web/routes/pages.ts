import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isUnfinished } from '../analysis.js';
import type { House } from '../house.js';
import { deletePage, failedPage, waitingPage } from '../pages/analysis.js';
import { listPage } from '../pages/list.js';
import { receive } from '../receive.js';
import { found, summaryOf } from '../summary.js';
import { sendReport } from './report-page.js';
import { sendPage } from './send-page.js';
import { wanted } from './wanted.js';

/** Analyses on one page of the list. */
const PER_PAGE = 100;

interface WithId {
  readonly Params: { readonly id: string };
}

/** What people see. All of it works without JavaScript. */
export function pageRoutes(app: FastifyInstance, house: House): void {
  const { shelf, queue, guard } = house;
  const loggedIn = (request: FastifyRequest): boolean => guard.hasCookie(request);
  const hidden = { schema: { hide: true } } as const;

  app.get<{ Querystring: { q?: unknown; page?: unknown } }>('/', hidden, async (request, reply) => {
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
  });

  app.post('/analyses', hidden, async (request, reply) => {
    const taken = await receive(request, shelf, house.maxUpload);
    for (const analysis of taken) if (isUnfinished(analysis)) queue.add(analysis);
    return reply.redirect('/', 303);
  });

  app.get<WithId>('/analyses/:id', hidden, async (request, reply) => {
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
  });

  app.get<WithId>('/analyses/:id/delete', hidden, async (request, reply) =>
    sendPage(reply, deletePage(summaryOf(wanted(shelf, request.params.id), queue), loggedIn(request))),
  );

  app.post<WithId>('/analyses/:id/delete', hidden, async (request, reply) => {
    await queue.remove(wanted(shelf, request.params.id).id);
    return reply.redirect('/', 303);
  });
}
