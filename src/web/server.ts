import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import { installErrors } from './errors.js';
import { HEADERS } from './headers.js';
import type { House } from './house.js';
import { misfitInWords } from './misfit.js';
import { apiRoutes } from './routes/api.js';
import { assetRoutes } from './routes/assets.js';
import { downloadRoutes } from './routes/downloads.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { loginRoutes } from './routes/login.js';
import { pageRoutes } from './routes/pages.js';

/** Milliseconds without one byte after which a connection ends. */
const SILENCE = 120_000;
/** Milliseconds for which the rest of a refused upload is taken and thrown away, so that its sender reads why. */
const LINGER = 5000;
/** Bytes of a login form. */
const FORM = 10_000;

/** The server over its house; it does not listen yet. `trouble` gets what goes wrong on our side. */
export async function buildServer(
  house: House,
  version: string,
  trouble: (error: Error) => void,
): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: FORM,
    connectionTimeout: SILENCE,
    forceCloseConnections: true,
    // Numbers of an address are numbers; what is not asked for as text comes in no other way.
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false } },
    schemaErrorFormatter: (errors) => misfitInWords(errors),
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'podtrail serve', version, description: 'Send support bundles, get reports.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(house.token !== undefined && { security: [{ token: [] }] }),
    },
  });
  await app.register(helmet, HEADERS);
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  house.guard.install(app);
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return;
    // Whoever read it has stopped; unread, it would also hold up the next request on this connection.
    raw.unpipe();
    raw.resume();
    setTimeout(() => raw.complete || raw.socket.destroy(), LINGER).unref();
  });
  installErrors(app, trouble);

  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );

  healthRoutes(app, house);
  assetRoutes(app);
  loginRoutes(app, house);
  apiRoutes(app, house);
  eventRoutes(app, house);
  downloadRoutes(app, house);
  pageRoutes(app, house);
  await app.ready();
  return app;
}
