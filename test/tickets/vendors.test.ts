import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubOf } from './vendors/github.js';
import { gitlabOf } from './vendors/gitlab.js';
import { operationOf, operationsOf } from './vendors/gitlab-compared.js';
import { PUBLISHED, WRITTEN_DOWN } from './vendors/gitlab-document.js';
import { jiraOf } from './vendors/jira.js';
import { type Served, serveVendor, type Vendor } from './vendors/vendor-server.js';

/** The servers of the other suites refuse what the vendors' documents do not have: otherwise those suites would prove nothing. */

interface Wrong {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly form?: string;
  readonly why: RegExp;
}

function refuses(
  name: string,
  vendorOf: () => Vendor,
  headers: Readonly<Record<string, string>>,
  right: { readonly path: string; readonly body: unknown },
  wrongs: readonly Wrong[],
): void {
  describe(name, () => {
    let served: Served;
    beforeAll(async () => {
      served = await serveVendor(vendorOf());
    });
    afterAll(() => served.stop());

    const send = ({ method, path, body, form }: Omit<Wrong, 'why' | 'name'>): Promise<Response> => {
      const data = new FormData();
      if (form !== undefined) data.append(form, new Blob(['x']), 'x.txt');
      return fetch(`${served.url}${path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(form === undefined ? {} : { body: data }),
      });
    };

    it('takes a right request', async () => {
      expect((await send({ method: 'POST', ...right })).status).toBe(201);
      expect(served.violations).toEqual([]);
    });

    it.each(wrongs)('refuses $name', async ({ why, ...wrong }) => {
      const before = served.violations.length;
      expect((await send(wrong)).status).toBe(400);
      expect(served.violations.slice(before).join('\n')).toMatch(why);
    });
  });
}

const note = { body: 'x' };
const comments = '/api/v3/repos/acme/cluster/issues/1/comments';
for (const edition of ['github', 'github-enterprise'] as const)
  refuses(
    edition,
    () => githubOf(edition, () => 'http://127.0.0.1', 't', new Map([['1', []]])),
    {
      authorization: 'Bearer t',
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'x',
    },
    { path: comments, body: note },
    [
      { name: 'another path', method: 'POST', path: `${comments}/new`, body: note, why: /no such address/ },
      { name: 'another method', method: 'PUT', path: comments, body: note, why: /no such address/ },
      {
        name: 'a field that is not there',
        method: 'POST',
        path: comments,
        body: { ...note, text: 'x' },
        why: /no field text/,
      },
      { name: 'a missing field', method: 'POST', path: comments, body: {}, why: /required property 'body'/ },
      {
        name: 'a field of another type',
        method: 'POST',
        path: comments,
        body: { body: 1 },
        why: /body\/body must be string/,
      },
      {
        name: 'a word for a number',
        method: 'GET',
        path: comments.replace('/1/', '/one/'),
        why: /issue_number must be integer/,
      },
      { name: 'another parameter', method: 'GET', path: `${comments}?size=1`, why: /no parameter size/ },
      { name: 'a word for a page', method: 'GET', path: `${comments}?page=last`, why: /page must be integer/ },
    ],
  );

const notes = '/api/v4/projects/acme%2Fnet%2Fcluster/issues/1/notes';
refuses(
  'gitlab',
  () => gitlabOf('t', new Map([['issues/1', []]]), new Map()),
  { 'private-token': 't' },
  { path: notes, body: note },
  [
    {
      name: 'a project with a bare slash',
      method: 'POST',
      path: notes.replaceAll('%2F', '/'),
      body: note,
      why: /no such address/,
    },
    {
      name: 'a field that is not there',
      method: 'POST',
      path: notes,
      body: { ...note, text: 'x' },
      why: /no field text/,
    },
    { name: 'another order', method: 'GET', path: `${notes}?sort=newest`, why: /sort must be equal to one of/ },
    { name: 'an empty note', method: 'POST', path: notes, body: { body: null }, why: /body\/body must be string/ },
    {
      name: 'a word for a number',
      method: 'GET',
      path: notes.replace('/1/', '/one/'),
      why: /noteable_id must be integer/,
    },
    {
      name: 'a file in another field',
      method: 'POST',
      path: notes.replace('issues/1/notes', 'uploads'),
      form: 'upload',
      why: /field file/,
    },
  ],
);

/** What we wrote down of GitLab's interface, held against GitLab's own document. */
function isAsPublished(published: NonNullable<typeof PUBLISHED>): void {
  describe("what is written down of GitLab's interface", () => {
    it.each(operationsOf(WRITTEN_DOWN))("is what GitLab's own document says of %s, %s", (path, method) => {
      const [ours, theirs] = [operationOf(WRITTEN_DOWN, path, method)!, operationOf(published, path, method)];
      expect({ ...theirs, answers: undefined }).toEqual({ ...ours, answers: undefined });
      // Of answers, only the fields that are looked at are written down.
      expect(theirs!.answers).toMatchObject(ours.answers);
    });

    it('names the same header for the token', () => {
      const { components } = published as { components: { securitySchemes: unknown } };
      expect(components.securitySchemes).toMatchObject(
        (WRITTEN_DOWN as { components: { securitySchemes: object } }).components.securitySchemes,
      );
    });
  });
}
// Without the document there is nothing to compare with, and no test: one that is always skipped would tell nobody anything.
if (PUBLISHED !== undefined) isAsPublished(PUBLISHED);

const list = '/rest/api/3/issue/NET-1/comment';
const words = { type: 'text', text: 'x' };
const documentOf = (...content: readonly unknown[]) => ({ body: { type: 'doc', version: 1, content } });
refuses(
  'jira-cloud',
  () => jiraOf('cloud', 'Basic t', new Map([['NET-1', { comments: [], files: [] }]])),
  { authorization: 'Basic t' },
  { path: list, body: documentOf({ type: 'paragraph', content: [words] }) },
  [
    { name: 'wiki markup', method: 'POST', path: list, body: note, why: /body\/body must be object/ },
    {
      name: 'a node that is not there',
      method: 'POST',
      path: list,
      body: documentOf({ type: 'html', content: [words] }),
      why: /must/,
    },
    { name: 'text outside a paragraph', method: 'POST', path: list, body: documentOf(words), why: /must/ },
    {
      name: 'a field that only answers have',
      method: 'POST',
      path: list,
      body: { ...documentOf(), id: '1' },
      why: /no field id/,
    },
    { name: 'another order', method: 'GET', path: `${list}?orderBy=newest`, why: /orderBy must be equal to one of/ },
    {
      name: 'a file without the header',
      method: 'POST',
      path: list.replace('comment', 'attachments'),
      form: 'file',
      why: /x-atlassian-token/,
    },
  ],
);
refuses(
  'jira-server',
  () => jiraOf('server', 'Bearer t', new Map([['NET-1', { comments: [], files: [] }]])),
  { authorization: 'Bearer t' },
  { path: list.replace('3', '2'), body: note },
  [
    { name: 'the other version of the interface', method: 'POST', path: list, body: note, why: /no such address/ },
    {
      name: 'a document',
      method: 'POST',
      path: list.replace('3', '2'),
      body: documentOf(),
      why: /body\/body must be string/,
    },
    {
      name: 'a field that is not there',
      method: 'POST',
      path: list.replace('3', '2'),
      body: { ...note, text: 'x' },
      why: /no field text/,
    },
    {
      name: 'readers that are neither a group nor a role',
      method: 'POST',
      path: list.replace('3', '2'),
      body: { ...note, visibility: { type: 'team', value: 'x' } },
      why: /visibility\/type must be equal to one of/,
    },
    { name: 'another parameter', method: 'GET', path: `${list.replace('3', '2')}?size=1`, why: /no parameter size/ },
  ],
);
