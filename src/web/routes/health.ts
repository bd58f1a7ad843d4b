import type { FastifyInstance } from 'fastify';
import type { House } from '../house.js';

/** What monitors and other programs ask. */
export function healthRoutes(app: FastifyInstance, { shelf }: House): void {
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        operationId: 'health',
        security: [],
        summary: 'Whether the server works, and how much it has to do',
        response: {
          200: {
            description: 'It works.',
            type: 'object',
            required: ['status', 'queued', 'running'],
            properties: {
              status: { type: 'string', enum: ['ok'] },
              queued: { type: 'integer' },
              running: { type: 'integer' },
            },
          },
        },
      },
    },
    async () => {
      const all = shelf.all();
      const count = (state: string): number => all.filter((analysis) => analysis.state === state).length;
      return { status: 'ok', queued: count('queued'), running: count('running') };
    },
  );
  app.get('/api/openapi.json', { schema: { hide: true }, config: { open: true } }, async () => app.swagger());
}
