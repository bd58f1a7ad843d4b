import type { Schema } from './openapi.js';
import { published } from './published.js';
import type { Endpoint, Vendor } from './vendor-server.js';

/**
 * GitHub's REST interface by its own OpenAPI documents (package @octokit/openapi, from github/rest-api-description): that of
 * api.github.com or that of Enterprise Server 3.19.
 */

export type Edition = 'github' | 'github-enterprise';

export interface Comment {
  id: number;
  body: string;
  /** Counted when the list is cut into pages, and then left out, as what the user may not see. */
  readonly hidden?: boolean;
}

export const LIMIT = 65_536;

/** What the documents say in words: the version's header, the recommended media type, and the longest comment. */
const headers = {
  accept: { const: 'application/vnd.github+json' },
  'x-github-api-version': { const: '2022-11-28' },
  // Requests without one are refused.
  'user-agent': { type: 'string', minLength: 1 },
};
const body: Schema = { type: 'object', properties: { body: { type: 'string', minLength: 1, maxLength: LIMIT } } };
const NOT_FOUND = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
};
const AT = '2026-01-01T00:00:00Z';

function meAt(url: string): Readonly<Record<string, unknown>> {
  const own = `${url}/users/octocat`;
  const addresses = [
    'followers',
    'following',
    'gists',
    'starred',
    'subscriptions',
    'organizations',
    'repos',
    'events',
    'received_events',
  ].map((name) => [`${name}_url`, `${own}/${name}`]);
  return {
    login: 'octocat',
    id: 583231,
    node_id: 'MDQ6VXNlcjU4MzIzMQ==',
    avatar_url: `${url}/avatars/u/583231`,
    gravatar_id: '',
    url: own,
    html_url: `${url}/octocat`,
    ...Object.fromEntries(addresses),
    type: 'User',
    site_admin: false,
  };
}

const PROFILE = {
  name: 'Jo',
  company: null,
  blog: '',
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: 1,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: AT,
  updated_at: AT,
};

export function githubOf(
  edition: Edition,
  url: () => string,
  token: string,
  issues: ReadonlyMap<string, Comment[]>,
): Vendor {
  let next = 1000;
  const base = '/api/v3';
  const told = ({ id, body: said }: Comment, issue: string) => ({
    id,
    node_id: `IC_${id}`,
    url: `${url()}${base}/repos/acme/cluster/issues/comments/${id}`,
    html_url: `${url()}/acme/cluster/issues/${issue}#issuecomment-${id}`,
    issue_url: `${url()}${base}/repos/acme/cluster/issues/${issue}`,
    body: said,
    user: meAt(`${url()}${base}`),
    created_at: AT,
    updated_at: AT,
    author_association: 'MEMBER',
  });
  const list = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
  const endpoints: readonly Endpoint[] = [
    {
      method: 'GET',
      path: '/user',
      headers,
      answer: () => ({ status: 200, body: { ...meAt(`${url()}${base}`), ...PROFILE } }),
    },
    {
      method: 'GET',
      path: list,
      headers,
      answer: ({ params, query }) => {
        const issue = params['issue_number']!;
        const all = issues.get(issue);
        const page = Number(query['page'] ?? 1) - 1;
        const size = Math.min(Number(query['per_page'] ?? 30), 100);
        if (all === undefined) return NOT_FOUND;
        const more = (page + 1) * size < all.length;
        const body = all.slice(page * size, (page + 1) * size).filter(({ hidden }) => hidden !== true);
        const next = `<${url()}${base}/repos/acme/cluster/issues/${issue}/comments?per_page=${size}&page=${page + 2}>; rel="next"`;
        return { status: 200, ...(more && { headers: { link: next } }), body: body.map((each) => told(each, issue)) };
      },
    },
    {
      method: 'POST',
      path: list,
      headers,
      body,
      answer: ({ params, body: said }) => {
        const issue = params['issue_number']!;
        const all = issues.get(issue);
        if (all === undefined) return NOT_FOUND;
        const made = { id: next++, body: (said as { body: string }).body };
        all.push(made);
        return { status: 201, body: told(made, issue) };
      },
    },
    {
      method: 'PATCH',
      path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
      headers,
      body,
      answer: ({ params, body: said }) => {
        const [issue, all] =
          [...issues].find(([, each]) => each.some(({ id }) => String(id) === params['comment_id'])) ?? [];
        const found = all?.find(({ id }) => String(id) === params['comment_id']);
        if (issue === undefined || found === undefined) return NOT_FOUND;
        found.body = (said as { body: string }).body;
        return { status: 200, body: told(found, issue) };
      },
    },
  ];
  return {
    document: published(edition),
    base,
    endpoints,
    secret: ['authorization', `Bearer ${token}`],
    refusal: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
    wrongToken: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
  };
}
