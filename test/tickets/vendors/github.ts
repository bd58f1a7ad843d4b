import type { Endpoint, Schema, Vendor } from './vendor-server.js';

/**
 * GitHub's REST interface, version 2022-11-28: users/get-authenticated, issues/list-comments, issues/create-comment,
 * issues/update-comment, as far as they matter here. Written down from the public OpenAPI description (github/rest-api-description).
 */

export interface Comment {
  id: number;
  body: string;
}

export const ME = { id: 583231, login: 'octocat', type: 'User' };
export const LIMIT = 65_536;

const user: Schema = {
  type: 'object',
  required: ['id', 'login', 'type'],
  properties: { id: { type: 'integer' }, login: { type: 'string' }, type: { type: 'string' } },
};
const comment: Schema = {
  type: 'object',
  required: ['id', 'url', 'body', 'user', 'created_at', 'updated_at'],
  properties: {
    id: { type: 'integer' },
    url: { type: 'string' },
    body: { type: 'string' },
    user,
    created_at: { type: 'string' },
    updated_at: { type: 'string' },
  },
};
const written: Schema = {
  type: 'object',
  required: ['body'],
  properties: { body: { type: 'string', minLength: 1, maxLength: LIMIT } },
  additionalProperties: false,
};
const headers = {
  accept: { const: 'application/vnd.github+json' },
  'x-github-api-version': { const: '2022-11-28' },
  // Requests without one are refused.
  'user-agent': { type: 'string', minLength: 1 },
};
const NOT_FOUND = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
};

export function githubOf(url: () => string, token: string, issues: ReadonlyMap<string, Comment[]>): Vendor {
  let next = 1000;
  const told = ({ id, body }: Comment) => ({
    id,
    url: `${url()}/api/v3/repos/acme/cluster/issues/comments/${id}`,
    body,
    user: ME,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  });
  const list = '/api/v3/repos/{owner}/{repo}/issues/{issue_number}/comments';
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: '/api/v3/user', headers, answers: { 200: user }, answer: () => ({ status: 200, body: ME }) },
    {
      method: 'GET',
      path: list,
      headers,
      query: {
        per_page: { type: 'integer', minimum: 1, maximum: 100 },
        page: { type: 'integer', minimum: 1 },
        since: { type: 'string' },
      },
      answers: { 200: { type: 'array', items: comment } },
      answer: ({ params, query }) => {
        const all = issues.get(params['issue_number']!);
        const page = Number(query['page'] ?? 1) - 1;
        const size = Number(query['per_page'] ?? 30);
        return all === undefined
          ? NOT_FOUND
          : { status: 200, body: all.slice(page * size, (page + 1) * size).map(told) };
      },
    },
    {
      method: 'POST',
      path: list,
      headers,
      body: written,
      answers: { 201: comment },
      answer: ({ params, body }) => {
        const all = issues.get(params['issue_number']!);
        if (all === undefined) return NOT_FOUND;
        const made = { id: next++, body: (body as { body: string }).body };
        all.push(made);
        return { status: 201, body: told(made) };
      },
    },
    {
      method: 'PATCH',
      path: '/api/v3/repos/{owner}/{repo}/issues/comments/{comment_id}',
      headers,
      body: written,
      answers: { 200: comment },
      answer: ({ params, body }) => {
        const found = [...issues.values()].flat().find(({ id }) => String(id) === params['comment_id']);
        if (found === undefined) return NOT_FOUND;
        found.body = (body as { body: string }).body;
        return { status: 200, body: told(found) };
      },
    },
  ];
  return {
    endpoints,
    secret: ['authorization', `Bearer ${token}`],
    refusal: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
    wrongToken: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
  };
}
