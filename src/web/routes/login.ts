import type { FastifyInstance } from 'fastify';
import { COOKIE } from '../access/guard.js';
import { redirected, shown } from '../answers.js';
import type { House } from '../house.js';
import { localPath, loginPage } from '../pages/login.js';
import { sendPage } from './send-page.js';

/** The token for browsers: given once, then a cookie that scripts cannot read and other sites cannot send. */
export function loginRoutes(app: FastifyInstance, { guard, token }: House): void {
  const open = (summary: string, response: object) =>
    ({ config: { open: true }, schema: { summary, security: [], response } }) as const;
  const cookie = (value: string): string => `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict`;

  app.get<{ Querystring: { next?: string } }>(
    '/login',
    open('The form that asks for the token', {
      200: shown('The form.'),
      ...redirected('No token is needed, or it was given.'),
    }),
    async (request, reply) =>
      token === undefined || guard.hasCookie(request)
        ? reply.redirect(localPath(request.query.next), 303)
        : sendPage(reply, loginPage(localPath(request.query.next), false)),
  );

  app.post<{ Body: URLSearchParams | undefined }>(
    '/login',
    open('The token, as the form sends it: field token, as application/x-www-form-urlencoded', {
      ...redirected('It is right, and a cookie holds it.'),
      401: shown('It is wrong.'),
      429: shown('Too many wrong tokens from this address.'),
    }),
    async (request, reply) => {
      const offered = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const next = localPath(offered.get('next') ?? undefined);
      if (token === undefined) return reply.redirect(next, 303);
      if (!(await guard.opens(request, offered.get('token') ?? '')))
        return sendPage(reply.code(401), loginPage(next, true));
      return reply.header('set-cookie', cookie(token.cookie)).redirect(next, 303);
    },
  );

  app.post('/logout', open('Forget the token of this browser', redirected('To the form.')), async (_request, reply) =>
    reply.header('set-cookie', `${cookie('')}; Max-Age=0`).redirect('/', 303),
  );
}
