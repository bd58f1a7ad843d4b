import { readdirSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { STYLE } from '../pages/style.js';

/** Where `src/client` is compiled to, seen from the folder that the built program's parts lie in (`bin/build.mjs`). */
const SCRIPTS = new URL('../client/', import.meta.url);

/** The style and the scripts of the pages, read once. */
export function assetRoutes(app: FastifyInstance): void {
  const open = { config: { open: true }, schema: { hide: true } } as const;
  app.get('/assets/page.css', open, async (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  for (const name of readdirSync(SCRIPTS).filter((file) => file.endsWith('.js'))) {
    const script = readFileSync(new URL(name, SCRIPTS), 'utf8');
    app.get(`/assets/${name}`, open, async (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(script),
    );
  }
}
