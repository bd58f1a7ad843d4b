import { GITLAB_DOCUMENT } from './gitlab-document.js';
import type { Schema } from './openapi.js';
import type { Endpoint, Vendor } from './vendor-server.js';

/** GitLab: the current user, uploads of a project, and notes of issues and merge requests. */

export interface Note {
  id: number;
  body: string;
  /** A reference from a place that the user may not see. */
  readonly hidden?: boolean;
}

const ME = {
  id: 7,
  username: 'jo',
  name: 'Jo',
  state: 'active',
  avatar_url: null,
  web_url: 'https://gitlab.example/jo',
};
const LIMIT_BYTES = 1_000_000;
const LARGEST_PAGE = 100;
const AT = '2026-01-01T00:00:00.000Z';

/** In words only: a note has at most a million characters, and it cannot be emptied. */
const written: Schema = {
  type: 'object',
  properties: { body: { type: 'string', minLength: 1, maxLength: 1_000_000 } },
};
const NOT_FOUND = { status: 404, body: { message: '404 Not found' } };
const KINDS = [
  ['issues', 'Issue'],
  ['merge_requests', 'MergeRequest'],
] as const;

/** The header that carries a token. */
function tokenHeader(document: Schema): string {
  const { components } = document as { components: { securitySchemes: { apiKey: { in: string; name: string } } } };
  const { apiKey } = components.securitySchemes;
  if (apiKey.in !== 'header') throw new Error(`GitLab takes a token in the ${apiKey.in}`);
  return apiKey.name.toLowerCase();
}

/** `tickets`: notes by `issues/1` or `merge_requests/1`, oldest first. */
export function gitlabOf(
  token: string,
  tickets: ReadonlyMap<string, Note[]>,
  uploads: Map<string, Uint8Array>,
): Vendor {
  let next = 1000;
  const notesOf = ([kind, noteable_type]: (typeof KINDS)[number]): readonly Endpoint[] => {
    const path = `/api/v4/projects/{id}/${kind}/{noteable_id}/notes`;
    const at = (params: Readonly<Record<string, string>>): Note[] | undefined =>
      params['id'] === 'acme/net/cluster' ? tickets.get(`${kind}/${params['noteable_id']}`) : undefined;
    const told = ({ id, body }: Note) => ({
      id,
      type: null,
      body,
      author: ME,
      created_at: AT,
      updated_at: AT,
      system: false,
      noteable_id: 1,
      noteable_type,
      confidential: false,
    });
    return [
      {
        method: 'GET',
        path,
        answer: ({ params, query }) => {
          const all = at(params);
          if (all === undefined) return NOT_FOUND;
          const sorted = query['sort'] === 'asc' ? all : [...all].reverse();
          const page = Number(query['page'] ?? 1);
          const size = Math.min(Number(query['per_page'] ?? 20), LARGEST_PAGE);
          const body = sorted.slice((page - 1) * size, page * size);
          return {
            status: 200,
            headers: { 'x-next-page': page * size < sorted.length ? String(page + 1) : '' },
            // Only then: such a page is shorter than others.
            body: body.filter(({ hidden }) => hidden !== true).map(told),
          };
        },
      },
      {
        method: 'POST',
        path,
        body: written,
        answer: ({ params, body }) => {
          const all = at(params);
          if (all === undefined) return NOT_FOUND;
          const made = { id: next++, body: (body as { body: string }).body };
          all.push(made);
          return { status: 201, body: told(made) };
        },
      },
      {
        method: 'PUT',
        path: `${path}/{note_id}`,
        body: written,
        answer: ({ params, body }) => {
          const found = at(params)?.find(({ id }) => String(id) === params['note_id']);
          if (found === undefined) return NOT_FOUND;
          found.body = (body as { body: string }).body;
          return { status: 200, body: told(found) };
        },
      },
    ];
  };
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: '/api/v4/user', answer: () => ({ status: 200, body: ME }) },
    ...KINDS.flatMap(notesOf),
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
    secret: [tokenHeader(GITLAB_DOCUMENT), token],
    refusal: { type: 'object', anyOf: [{ required: ['message'] }, { required: ['error'] }] },
    wrongToken: { message: '401 Unauthorized' },
  };
}
