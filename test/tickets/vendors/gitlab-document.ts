import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Schema } from './openapi.js';

/**
 * GitLab's REST interface v4, as far as podtrail uses it. No package carries GitLab's own OpenAPI document
 * (doc/api/openapi/openapi_v3.yaml, 4 MB), so its parts are written down here, as version 19.5 has them: paths, parameters, bodies, types, and
 * of answers the fields that are looked at.
 *
 * `PODTRAIL_GITLAB_OPENAPI=FILE npm run test:tickets` takes GitLab's own document instead, and compares this one with it.
 */

const inPath = (name: string, schema: Schema) => ({ name, in: 'path', required: true, schema });
const inQuery = (name: string, schema: Schema) => ({ name, in: 'query', required: false, schema });
const nullable = (type: string) => ({ type, nullable: true });
const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });
const entity = (name: string) => ({ $ref: `#/components/schemas/APIEntities${name}` });
const types = (properties: Readonly<Record<string, string>>): Schema =>
  Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, { type }]));

const integer = { type: 'integer' };
const time = { type: 'string', format: 'date-time' };
const user: Schema = {
  type: 'object',
  properties: types({
    id: 'integer',
    username: 'string',
    name: 'string',
    state: 'string',
    avatar_url: 'string',
    web_url: 'string',
  }),
};
const schemas: Schema = {
  APIEntitiesUserPublic: user,
  APIEntitiesUserBasic: user,
  APIEntitiesNote: {
    type: 'object',
    properties: {
      ...types({ id: 'integer', type: 'string', body: 'string', system: 'boolean', confidential: 'boolean' }),
      ...types({ noteable_id: 'integer', noteable_iid: 'integer', noteable_type: 'string' }),
      author: entity('UserBasic'),
      created_at: time,
      updated_at: time,
    },
  },
  APIEntitiesProjectUpload: {
    type: 'object',
    properties: types({ id: 'integer', alt: 'string', url: 'string', full_path: 'string', markdown: 'string' }),
  },
};

const KINDS = ['issues', 'merge_requests'] as const;
const notesAt = (kind: (typeof KINDS)[number]) => `/api/v4/projects/{id}/${kind}/{noteable_id}/notes`;

/** Notes have the same interface at issues and at merge requests. */
function notesOf(kind: (typeof KINDS)[number]): Schema {
  const at = [inPath('id', { type: 'string' }), inPath('noteable_id', integer)];
  return {
    [notesAt(kind)]: {
      get: {
        parameters: [
          ...at,
          inQuery('order_by', { type: 'string', enum: ['created_at', 'updated_at'] }),
          inQuery('sort', { type: 'string', enum: ['asc', 'desc'] }),
          inQuery('activity_filter', { type: 'string', enum: ['all_notes', 'only_comments', 'only_activity'] }),
          inQuery('page', integer),
          inQuery('per_page', integer),
        ],
        responses: { 200: json(entity('Note')) },
      },
      post: {
        parameters: at,
        requestBody: {
          required: true,
          ...json({
            type: 'object',
            required: ['body'],
            properties: {
              body: nullable('string'),
              confidential: nullable('boolean'),
              internal: { type: 'boolean' },
              created_at: nullable('string'),
              merge_request_diff_head_sha: nullable('string'),
            },
          }),
        },
        responses: { 201: json(entity('Note')) },
      },
    },
    [`${notesAt(kind)}/{note_id}`]: {
      put: {
        parameters: [...at, inPath('note_id', integer)],
        requestBody: {
          required: false,
          ...json({
            type: 'object',
            properties: { body: nullable('string'), confidential: nullable('boolean') },
          }),
        },
        responses: { 200: json(entity('Note')) },
      },
    },
  };
}

const file: Schema = { ...nullable('string'), format: 'binary' };

export const WRITTEN_DOWN: Schema = {
  openapi: '3.0.0',
  paths: {
    '/api/v4/user': { get: { responses: { 200: json(entity('UserPublic')) } } },
    ...notesOf('issues'),
    ...notesOf('merge_requests'),
    '/api/v4/projects/{id}/uploads': {
      post: {
        parameters: [inPath('id', { oneOf: [{ type: 'string' }, { type: 'integer' }] })],
        requestBody: {
          required: true,
          content: { 'multipart/form-data': { schema: { type: 'object', required: ['file'], properties: { file } } } },
        },
        responses: { 201: json(entity('ProjectUpload')) },
      },
    },
  },
  components: { schemas, securitySchemes: { apiKey: { type: 'apiKey', name: 'PRIVATE-TOKEN', in: 'header' } } },
};

/** The document with one part of it changed. Throws when it has no such part: then GitLab has renamed it. */
function changed(document: Schema, [key, ...rest]: readonly string[], change: (part: Schema) => Schema): Schema {
  const part = document[key!] as Schema | undefined;
  if (part === undefined) throw new Error(`GitLab's document has no ${key}`);
  return { ...document, [key!]: rest.length === 0 ? change(part) : changed(part, rest, change) };
}

/**
 * The document without what it says wrongly of GitLab's answers: that a list of notes is one note (lib/api/notes.rb presents a page of
 * them), that a note's type is never null (it is with a comment outside of a thread, doc/api/discussions.md), nor the address of a picture (a
 * user without one, where Gravatar is off).
 */
function mended(document: Schema): Schema {
  const maybe = (part: Schema): Schema => ({ ...part, nullable: true });
  const entityAt = (name: string, property: string) => ['components', 'schemas', name, 'properties', property];
  const single = [
    entityAt('APIEntitiesNote', 'type'),
    entityAt('APIEntitiesUserBasic', 'avatar_url'),
    entityAt('APIEntitiesUserPublic', 'avatar_url'),
  ].reduce((before, path) => changed(before, path, maybe), document);
  return KINDS.reduce(
    (before, kind) =>
      changed(
        before,
        ['paths', notesAt(kind), 'get', 'responses', '200', 'content', 'application/json', 'schema'],
        (schema) => (schema['type'] === 'array' ? schema : { type: 'array', items: schema }),
      ),
    single,
  );
}

const { PODTRAIL_GITLAB_OPENAPI: FILE } = process.env;

/** GitLab's own document, where somebody has it. */
export const PUBLISHED: Schema | undefined =
  FILE === undefined ? undefined : (parse(readFileSync(FILE, 'utf8'), { maxAliasCount: -1 }) as Schema);

export const GITLAB_DOCUMENT: Schema = mended(PUBLISHED ?? WRITTEN_DOWN);
