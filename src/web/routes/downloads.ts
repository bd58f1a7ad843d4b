import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { create } from 'tar';
import type { House } from '../house.js';
import { Refusal } from '../refusal.js';
import { ID_PARAMS, NOT_FOUND, REFUSALS } from '../schemas.js';
import type { Artefact } from '../store/shelf.js';
import { wanted } from './wanted.js';

const FORMS: readonly {
  readonly artefact: Exclude<Artefact, 'evidence'>;
  readonly ending: string;
  readonly type: string;
}[] = [
  { artefact: 'html', ending: 'html', type: 'text/html; charset=utf-8' },
  { artefact: 'markdown', ending: 'md', type: 'text/markdown; charset=utf-8' },
  { artefact: 'json', ending: 'json', type: 'application/json; charset=utf-8' },
];

/** The report as a file, in each form, and the evidence. */
export function downloadRoutes(app: FastifyInstance, { shelf }: House): void {
  for (const { artefact, ending, type } of FORMS) {
    app.get<{ Params: { id: string } }>(
      `/analyses/:id/report.${ending}`,
      { schema: described(`The report as ${ending}`, type) },
      async ({ params }, reply) => {
        const { id, file } = wanted(shelf, params.id);
        const path = await present(shelf.path(id, artefact));
        return reply
          .type(type)
          .header('content-disposition', attachment(`${file}.podtrail.${ending}`))
          .send(createReadStream(path));
      },
    );
  }
  app.get<{ Params: { id: string } }>(
    '/analyses/:id/evidence.tar.gz',
    { schema: described('The cited frames and lines', 'application/gzip') },
    async ({ params }, reply) => {
      const { id, file } = wanted(shelf, params.id);
      const folder = await present(shelf.path(id, 'evidence'));
      return reply
        .type('application/gzip')
        .header('content-disposition', attachment(`${file}.evidence.tar.gz`))
        .send(create({ cwd: folder, gzip: true, portable: true }, ['.']));
    },
  );
}

const described = (summary: string, type: string) => ({
  summary,
  params: ID_PARAMS,
  response: {
    200: { description: 'The file.', content: { [type.split(';')[0]!]: { schema: { type: 'string' } } } },
    ...NOT_FOUND,
    ...REFUSALS,
  },
});

async function present(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    throw new Refusal(404, 'There is no such file of this analysis (yet).');
  }
}

/** RFC 6266: a name that every browser takes, and the true one. Stored names hold no quotes, controls or slashes. */
const attachment = (name: string): string =>
  `attachment; filename="${name.replace(/[^\x20-\x7e]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`;
