import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { create } from 'tar';
import { PAGE_NOT_FOUND, PAGE_REFUSALS, shown } from '../answers.js';
import type { House } from '../house.js';
import { Refusal } from '../refusal.js';
import { ID_PARAMS } from '../schemas.js';
import type { Artefact, Form } from '../store/shelf.js';
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

interface Asked {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly redact?: '0' | '1' };
}

const formOf = ({ redact }: Asked['Querystring']): Form => (redact === '1' ? 'redacted' : 'plain');

/** The report as a file, in each form, and the evidence; each as it is, or redacted. */
export function downloadRoutes(app: FastifyInstance, { shelf }: House): void {
  for (const { artefact, ending, type } of FORMS) {
    app.get<Asked>(
      `/analyses/:id/report.${ending}`,
      { schema: described(`The report as ${ending}`, type) },
      async ({ params, query }, reply) => {
        const { id, file } = wanted(shelf, params.id);
        const form = formOf(query);
        const path = await present(shelf.path(id, artefact, form));
        return reply
          .type(type)
          .header('content-disposition', attachment(`${STEM[form](file)}.${ending}`))
          .send(createReadStream(path));
      },
    );
  }
  app.get<Asked>(
    '/analyses/:id/evidence.tar.gz',
    { schema: described('The cited frames and lines', 'application/gzip') },
    async ({ params, query }, reply) => {
      const { id, file } = wanted(shelf, params.id);
      const form = formOf(query);
      const folder = await present(shelf.path(id, 'evidence', form));
      return reply
        .type('application/gzip')
        .header('content-disposition', attachment(`${EVIDENCE[form](file)}.tar.gz`))
        .send(create({ cwd: folder, gzip: true, portable: true }, ['.']));
    },
  );
}

/** Names of downloads. A bundle is called after a customer more often than not, so a redacted one does not say what it is of. */
const STEM: Readonly<Record<Form, (file: string) => string>> = {
  plain: (file) => `${file}.podtrail`,
  redacted: () => 'podtrail-redacted',
};
const EVIDENCE: Readonly<Record<Form, (file: string) => string>> = {
  plain: (file) => `${file}.evidence`,
  redacted: () => 'podtrail-redacted-evidence',
};

/** What is misspelt is refused: it must not give real names to somebody who asked for others. */
const REDACT = {
  type: 'object',
  additionalProperties: false,
  properties: {
    redact: {
      type: 'string',
      enum: ['0', '1'],
      description: '1: addresses and names replaced, packets without payload; subnets, kinds and roles stay.',
    },
  },
} as const;

const described = (summary: string, type: string) => ({
  summary,
  params: ID_PARAMS,
  querystring: REDACT,
  response: {
    200: { description: 'The file.', content: { [type.split(';')[0]!]: { schema: { type: 'string' } } } },
    400: shown('redact is neither 0 nor 1, or another parameter.'),
    ...PAGE_NOT_FOUND,
    ...PAGE_REFUSALS,
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
