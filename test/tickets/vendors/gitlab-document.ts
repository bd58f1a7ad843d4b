import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Schema } from './openapi.js';

/**
 * GitLab's REST interface v4, as far as podtrail uses it, in the form of GitLab's own OpenAPI document. No package carries that document
 * (doc/api/openapi/openapi_v3.yaml, 4 MB), so this is written down and compared, operation by operation, with what GitLab
 * generates it from: lib/api/notes.rb, lib/api/markdown_uploads.rb (19.x), the entities Note, UserBasic and ProjectUpload, and doc/api/notes.md;
 * parameters of pages and `id` as the document of 19.5 has them.
 *
 * `PODTRAIL_GITLAB_OPENAPI=FILE npm run test:tickets` takes GitLab's own document instead, where somebody can fetch it.
 */

const id = { name: 'id', in: 'path', required: true, schema: { oneOf: [{ type: 'string' }, { type: 'integer' }] } };
const path = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'integer' } });
const query = (name: string, schema: Schema) => ({ name, in: 'query', required: false, schema });
const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });

const user: Schema = {
  type: 'object',
  required: ['id', 'username', 'name', 'state', 'avatar_url', 'web_url'],
  properties: {
    id: { type: 'integer' },
    username: { type: 'string' },
    name: { type: 'string' },
    state: { type: 'string' },
    avatar_url: { type: 'string', nullable: true },
    web_url: { type: 'string' },
  },
};
const note: Schema = {
  type: 'object',
  required: [
    'id',
    'type',
    'body',
    'author',
    'created_at',
    'updated_at',
    'system',
    'noteable_id',
    'noteable_type',
    'confidential',
  ],
  properties: {
    id: { type: 'integer' },
    type: { type: 'string', nullable: true },
    body: { type: 'string' },
    author: user,
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' },
    system: { type: 'boolean' },
    noteable_id: { type: 'integer' },
    noteable_iid: { type: 'integer' },
    noteable_type: { type: 'string' },
    confidential: { type: 'boolean' },
  },
};
const upload: Schema = {
  type: 'object',
  required: ['id', 'alt', 'url', 'full_path', 'markdown'],
  properties: {
    id: { type: 'integer' },
    alt: { type: 'string' },
    url: { type: 'string' },
    full_path: { type: 'string' },
    markdown: { type: 'string' },
  },
};

/** Notes have the same interface at issues and at merge requests. */
const notesOf = (kind: 'issues' | 'merge_requests') => ({
  [`/api/v4/projects/{id}/${kind}/{noteable_id}/notes`]: {
    get: {
      parameters: [
        id,
        path('noteable_id'),
        query('order_by', { type: 'string', enum: ['created_at', 'updated_at'] }),
        query('sort', { type: 'string', enum: ['asc', 'desc'] }),
        query('activity_filter', { type: 'string', enum: ['all_notes', 'only_comments', 'only_activity'] }),
        query('page', { type: 'integer', minimum: 1 }),
        query('per_page', { type: 'integer', minimum: 1, maximum: 100 }),
      ],
      responses: { 200: json({ type: 'array', items: note }) },
    },
    post: {
      parameters: [id, path('noteable_id')],
      requestBody: {
        required: true,
        ...json({
          type: 'object',
          required: ['body'],
          properties: {
            body: { type: 'string' },
            confidential: { type: 'boolean' },
            internal: { type: 'boolean' },
            created_at: { type: 'string' },
            merge_request_diff_head_sha: { type: 'string' },
          },
        }),
      },
      responses: { 201: json(note) },
    },
  },
  [`/api/v4/projects/{id}/${kind}/{noteable_id}/notes/{note_id}`]: {
    put: {
      parameters: [id, path('noteable_id'), path('note_id')],
      requestBody: {
        required: false,
        ...json({
          type: 'object',
          // allow_blank: false
          properties: { body: { type: 'string', minLength: 1 }, confidential: { type: 'boolean' } },
        }),
      },
      responses: { 200: json(note) },
    },
  },
});

const WRITTEN_DOWN: Schema = {
  openapi: '3.0.0',
  paths: {
    '/api/v4/user': { get: { responses: { 200: json(user) } } },
    ...notesOf('issues'),
    ...notesOf('merge_requests'),
    '/api/v4/projects/{id}/uploads': {
      post: {
        parameters: [id],
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: {
                type: 'object',
                required: ['file'],
                properties: { file: { type: 'string', format: 'binary' } },
              },
            },
          },
        },
        responses: { 201: json(upload) },
      },
    },
  },
};

/** GitLab's own document says of some lists that they are one of their items; this mends that of notes. */
function own(file: string): Schema {
  const document = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as Schema;
  for (const kind of ['issues', 'merge_requests']) {
    const json = ['paths', `/api/v4/projects/{id}/${kind}/{noteable_id}/notes`, 'get', 'responses', '200', 'content']
      .concat('application/json')
      .reduce<Record<string, unknown> | undefined>((at, key) => at?.[key] as Record<string, unknown>, document);
    const schema = json?.['schema'] as Schema | undefined;
    if (json !== undefined && schema?.['type'] !== 'array') json['schema'] = { type: 'array', items: schema };
  }
  return document;
}

const { PODTRAIL_GITLAB_OPENAPI: FILE } = process.env;

export const GITLAB_DOCUMENT: Schema = FILE === undefined ? WRITTEN_DOWN : own(FILE);
