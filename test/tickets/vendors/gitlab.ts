import type { Endpoint, Schema, Vendor } from './vendor-server.js';

/**
 * GitLab's REST interface v4 (documents of 17.x): current user, project uploads, and notes of issues and merge requests, as far as they matter
 * here. Written down from the public documents (api/users, api/project_markdown_uploads, api/notes).
 */

export interface Note {
  id: number;
  body: string;
}

export const ME = { id: 7, username: 'jo' };
const LIMIT_BYTES = 1_000_000;

const author: Schema = {
  type: 'object',
  required: ['id', 'username'],
  properties: { id: { type: 'integer' }, username: { type: 'string' } },
};
const note: Schema = {
  type: 'object',
  required: ['id', 'body', 'author', 'created_at', 'system'],
  properties: {
    id: { type: 'integer' },
    body: { type: 'string' },
    author,
    created_at: { type: 'string' },
    system: { type: 'boolean' },
  },
};
const written: Schema = {
  type: 'object',
  required: ['body'],
  properties: {
    body: { type: 'string', minLength: 1, maxLength: 1_000_000 },
    confidential: { type: 'boolean' },
    internal: { type: 'boolean' },
  },
  additionalProperties: false,
};
const NOT_FOUND = { status: 404, body: { message: '404 Not found' } };

export function gitlabOf(
  token: string,
  issues: ReadonlyMap<string, Note[]>,
  uploads: { readonly issueless: string[] },
): Vendor {
  let next = 1000;
  const told = ({ id, body }: Note) => ({
    id,
    body,
    author: ME,
    created_at: '2026-01-01T00:00:00.000Z',
    system: false,
  });
  const notes = '/api/v4/projects/{id}/{kind}/{iid}/notes';
  const ofIssue = (params: Readonly<Record<string, string>>): Note[] | undefined =>
    params['id'] === 'acme/net/cluster' && params['kind'] === 'issues' ? issues.get(params['iid']!) : undefined;
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: '/api/v4/user', answers: { 200: author }, answer: () => ({ status: 200, body: ME }) },
    {
      method: 'GET',
      path: notes,
      query: {
        sort: { enum: ['asc', 'desc'] },
        order_by: { enum: ['created_at', 'updated_at'] },
        per_page: { type: 'integer', minimum: 1, maximum: 100 },
        page: { type: 'integer', minimum: 1 },
      },
      answers: { 200: { type: 'array', items: note } },
      answer: ({ params, query }) => {
        const all = ofIssue(params);
        if (all === undefined) return NOT_FOUND;
        const sorted = query['sort'] === 'asc' ? all : [...all].reverse();
        const [page, size] = [Number(query['page'] ?? 1) - 1, Number(query['per_page'] ?? 20)];
        return { status: 200, body: sorted.slice(page * size, (page + 1) * size).map(told) };
      },
    },
    {
      method: 'POST',
      path: notes,
      body: written,
      answers: { 201: note },
      answer: ({ params, body }) => {
        const all = ofIssue(params);
        if (all === undefined) return NOT_FOUND;
        const made = { id: next++, body: (body as { body: string }).body };
        all.push(made);
        return { status: 201, body: told(made) };
      },
    },
    {
      method: 'PUT',
      path: `${notes}/{note_id}`,
      body: written,
      answers: { 200: note },
      answer: ({ params, body }) => {
        const found = ofIssue(params)?.find(({ id }) => String(id) === params['note_id']);
        if (found === undefined) return NOT_FOUND;
        found.body = (body as { body: string }).body;
        return { status: 200, body: told(found) };
      },
    },
    {
      method: 'POST',
      path: '/api/v4/projects/{id}/uploads',
      multipart: 'file',
      answers: {
        201: {
          type: 'object',
          required: ['id', 'alt', 'url', 'full_path', 'markdown'],
          properties: {
            id: { type: 'integer' },
            alt: { type: 'string' },
            url: { type: 'string' },
            full_path: { type: 'string' },
            markdown: { type: 'string' },
          },
        },
      },
      answer: ({ files: [file] }) => {
        if (file!.bytes > LIMIT_BYTES) return { status: 413, body: { error: '413 Request Entity Too Large' } };
        const url = `/uploads/${'5'.repeat(32)}/${file!.name}`;
        uploads.issueless.push(file!.name);
        return {
          status: 201,
          body: {
            id: next++,
            alt: file!.name,
            url,
            full_path: `/-/project/3${url}`,
            markdown: `[${file!.name}](${url})`,
          },
        };
      },
    },
  ];
  return {
    endpoints,
    secret: ['private-token', token],
    refusal: { type: 'object', anyOf: [{ required: ['message'] }, { required: ['error'] }] },
    wrongToken: { message: '401 Unauthorized' },
  };
}
