import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { message } from './pages/frame.js';
import { againPage, loginPage } from './pages/login.js';
import { Refusal } from './refusal.js';
import { sendPage } from './routes/send-page.js';

const isApi = (request: FastifyRequest): boolean => /^\/(?:api|healthz)(?:[/?]|$)/.test(request.url);

/** Every refusal and every fault is said in the asker's language: JSON to scripts, a page to people. */
export function installErrors(app: FastifyInstance, trouble: (error: Error) => void): void {
  app.setErrorHandler(async (error: FastifyError | Refusal, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500 && !(error instanceof Refusal)) trouble(error);
    const text = status >= 500 && !(error instanceof Refusal) ? 'The server failed; its log says more.' : error.message;
    return refuse(request, reply, status, text, error instanceof Refusal ? error.retryAfter : undefined);
  });
  app.setNotFoundHandler(async (request, reply) => refuse(request, reply, 404, 'There is nothing at this address.'));
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  text: string,
  retryAfter?: number,
): FastifyReply {
  reply.code(status);
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="podtrail"');
  if (isApi(request)) return reply.type('application/json; charset=utf-8').send(JSON.stringify({ error: text }));
  // A strict cookie does not come with the first request after a link on another site. Loaded again by our own page, it does.
  if (status === 401 && request.method === 'GET' && request.headers['sec-fetch-site'] === 'cross-site')
    return sendPage(reply, againPage(request.url));
  if (status === 401) return sendPage(reply, loginPage(request.method === 'GET' ? request.url : '/', false));
  return sendPage(reply, message(TITLES[status] ?? 'This did not work', text));
}

const TITLES: Readonly<Record<number, string>> = {
  403: 'Refused',
  404: 'Not found',
  410: 'Gone',
  413: 'Too large',
  429: 'Too many tries',
  507: 'No room',
};
