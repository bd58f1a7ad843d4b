import type { FastifyInstance } from 'fastify';
import type { House } from '../house.js';
import { type Summary, summaryOf } from '../summary.js';

/** What monitors and other programs ask. */
export function healthRoutes(app: FastifyInstance, { shelf, queue }: House): void {
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
      const states = shelf.all().map((analysis) => summaryOf(analysis, queue).state);
      const count = (state: Summary['state']): number => states.filter((one) => one === state).length;
      return { status: 'ok', queued: count('queued'), running: count('running') };
    },
  );
  app.get(
    '/api/openapi.json',
    {
      config: { open: true },
      schema: {
        operationId: 'describe',
        security: [],
        summary: 'This description',
        response: {
          200: {
            description: 'OpenAPI 3.1.',
            content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
          },
        },
      },
    },
    async () => app.swagger(),
  );
}
