import { GITLAB_DOCUMENT } from './gitlab-document.js';
import type { Schema } from './openapi.js';
import type { Endpoint, Vendor } from './vendor-server.js';

/** GitLab: the current user, uploads of a project, and notes of issues. */

export interface Note {
  id: number;
  body: string;
}

const ME = {
  id: 7,
  username: 'jo',
  name: 'Jo',
  state: 'active',
  avatar_url: 'https://gitlab.example/avatar.png',
  web_url: 'https://gitlab.example/jo',
};
const LIMIT_BYTES = 1_000_000;
const AT = '2026-01-01T00:00:00.000Z';

/** In words only: a note has at most a million characters. */
const written: Schema = {
  type: 'object',
  properties: { body: { type: 'string', minLength: 1, maxLength: 1_000_000 } },
};
const NOT_FOUND = { status: 404, body: { message: '404 Not found' } };

export function gitlabOf(token: string, issues: ReadonlyMap<string, Note[]>, uploads: Map<string, Uint8Array>): Vendor {
  let next = 1000;
  const told = ({ id, body }: Note) => ({
    id,
    type: 'DiscussionNote',
    body,
    author: ME,
    created_at: AT,
    updated_at: AT,
    system: false,
    noteable_id: 1,
    noteable_type: 'Issue',
    confidential: false,
  });
  const notes = '/api/v4/projects/{id}/issues/{noteable_id}/notes';
  const ofIssue = (params: Readonly<Record<string, string>>): Note[] | undefined =>
    params['id'] === 'acme/net/cluster' ? issues.get(params['noteable_id']!) : undefined;
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: '/api/v4/user', answer: () => ({ status: 200, body: ME }) },
    {
      method: 'GET',
      path: notes,
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
      answer: ({ files: [file] }) => {
        if (file!.bytes.length > LIMIT_BYTES) return { status: 413, body: { error: '413 Request Entity Too Large' } };
        const url = `/uploads/${'5'.repeat(32)}/${file!.name}`;
        uploads.set(file!.name, file!.bytes);
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
    document: GITLAB_DOCUMENT,
    base: '',
    endpoints,
    secret: ['private-token', token],
    refusal: { type: 'object', anyOf: [{ required: ['message'] }, { required: ['error'] }] },
    wrongToken: { message: '401 Unauthorized' },
  };
}
