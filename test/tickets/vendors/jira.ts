import type { Endpoint, Schema, Vendor } from './vendor-server.js';

/**
 * Jira: myself, comments and attachments of an issue. Cloud's interface 3 (OpenAPI description of the Jira Cloud platform) with the document
 * format of its comments (the public ADF schema), and Server's and Data Center's interface 2 (9.12). Written down from the public documents.
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

const textNode: Schema = {
  type: 'object',
  required: ['type', 'text'],
  properties: {
    type: { const: 'text' },
    text: { type: 'string', minLength: 1 },
    marks: { type: 'array', maxItems: 0 },
  },
  additionalProperties: false,
};
const node = (type: string, content: Schema, attrs?: Schema): Schema => ({
  type: 'object',
  required: ['type', 'content', ...(attrs === undefined ? [] : ['attrs'])],
  properties: { type: { const: type }, content, ...(attrs === undefined ? {} : { attrs }) },
  additionalProperties: false,
});
const paragraph = node('paragraph', { type: 'array', items: textNode });
const heading = node(
  'heading',
  { type: 'array', items: textNode },
  {
    type: 'object',
    required: ['level'],
    properties: { level: { type: 'integer', minimum: 1, maximum: 6 } },
    additionalProperties: false,
  },
);
const codeBlock = node(
  'codeBlock',
  { type: 'array', items: textNode },
  {
    type: 'object',
    properties: { language: { type: 'string' } },
    additionalProperties: false,
  },
);
const bulletList = node('bulletList', {
  type: 'array',
  minItems: 1,
  items: node('listItem', { type: 'array', minItems: 1, items: { anyOf: [paragraph, codeBlock] } }),
});
const adf: Schema = {
  type: 'object',
  required: ['type', 'version', 'content'],
  properties: {
    type: { const: 'doc' },
    version: { const: 1 },
    content: { type: 'array', items: { anyOf: [paragraph, heading, codeBlock, bulletList] } },
  },
  additionalProperties: false,
};
const wiki: Schema = { type: 'string', minLength: 1, maxLength: LIMIT };

export function jiraOf(
  edition: 'cloud' | 'server',
  authorization: string,
  issues: ReadonlyMap<string, JiraIssue>,
): Vendor {
  const cloud = edition === 'cloud';
  const rest = `/rest/api/${cloud ? 3 : 2}`;
  const me = cloud
    ? { accountId: '5b10a2844c20165700ede21g', displayName: 'Jo' }
    : { name: 'jo', key: 'JIRAUSER1', displayName: 'Jo' };
  const user: Schema = { type: 'object', required: cloud ? ['accountId'] : ['name', 'key'] };
  const body: Schema = cloud ? adf : wiki;
  const comment: Schema = {
    type: 'object',
    required: ['id', 'author', 'body'],
    properties: { id: { type: 'string' }, author: user, body },
  };
  const written: Schema = {
    type: 'object',
    required: ['body'],
    properties: { body, visibility: { type: 'object' }, properties: { type: 'array' } },
    additionalProperties: false,
  };
  const NOT_FOUND = {
    status: 404,
    body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
  };
  const told = ({ id, body: said }: JiraComment) => ({ id, author: me, body: said });
  let next = 10_000;
  const list = `${rest}/issue/{issueIdOrKey}/comment`;
  const endpoints: readonly Endpoint[] = [
    { method: 'GET', path: `${rest}/myself`, answers: { 200: user }, answer: () => ({ status: 200, body: me }) },
    {
      method: 'GET',
      path: list,
      query: {
        startAt: { type: 'integer', minimum: 0 },
        maxResults: { type: 'integer', minimum: 1 },
        orderBy: { type: 'string' },
        expand: { type: 'string' },
      },
      answers: {
        200: {
          type: 'object',
          required: ['startAt', 'maxResults', 'total', 'comments'],
          properties: { total: { type: 'integer' }, comments: { type: 'array', items: comment } },
        },
      },
      answer: ({ params, query }) => {
        const issue = issues.get(params['issueIdOrKey']!);
        if (issue === undefined) return NOT_FOUND;
        const [startAt, maxResults] = [Number(query['startAt'] ?? 0), Number(query['maxResults'] ?? 50)];
        const page = issue.comments.slice(startAt, startAt + maxResults);
        return { status: 200, body: { startAt, maxResults, total: issue.comments.length, comments: page.map(told) } };
      },
    },
    {
      method: 'POST',
      path: list,
      query: { expand: { type: 'string' } },
      body: written,
      answers: { 201: comment },
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
      body: written,
      answers: { 200: comment },
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
      multipart: 'file',
      // Without it Jira takes the request for one that a page of another site made.
      headers: { 'x-atlassian-token': { const: 'no-check' } },
      answers: {
        200: {
          type: 'array',
          items: {
            type: 'object',
            required: ['id', 'filename', 'size'],
            properties: { filename: { type: 'string' }, size: { type: 'integer' } },
          },
        },
      },
      answer: ({ params, files: [file] }) => {
        const issue = issues.get(params['issueIdOrKey']!);
        if (issue === undefined) return NOT_FOUND;
        if (file!.bytes > LIMIT_BYTES)
          return { status: 413, body: { errorMessages: ['The attachment is too large.'], errors: {} } };
        issue.files.push(file!.name);
        return { status: 200, body: [{ id: String(next++), filename: file!.name, size: file!.bytes }] };
      },
    },
  ];
  return {
    endpoints,
    secret: ['authorization', authorization],
    refusal: { type: 'object', required: ['errorMessages'], properties: { errorMessages: { type: 'array' } } },
    wrongToken: { errorMessages: ['Client must be authenticated to access this resource.'], errors: {} },
  };
}
