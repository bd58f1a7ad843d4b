import { Failure } from '../core/failure.js';
import { field, identifier, list, text } from './answers.js';
import type { Credentials } from './credentials.js';
import { Door, Refused, type Told } from './door.js';
import { markIn } from './marker.js';
import { adfText, toAdf } from './markup/adf.js';
import type { Block } from './markup/block.js';
import { toJiraWiki } from './markup/jira-wiki.js';
import type { Place } from './place.js';
import type { Attached, Attachment, OwnComment, TicketSystem } from './system.js';

const MOST_COMMENTS = 2000;

/** Jira Cloud's REST interface 3 (documents) and that of Server and Data Center, 2 (wiki markup, personal access tokens). */
export function jira(
  { system, base, ticket }: Place,
  { token, user }: Credentials,
  { told }: { readonly told?: Told | undefined },
): TicketSystem {
  const cloud = system === 'jira-cloud';
  if (cloud && user === undefined)
    throw new Failure(
      'Jira Cloud wants the mail address that the token belongs to: set PODTRAIL_TICKET_USER, or user=… in the credentials file',
    );
  const basic = user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
  const door = new Door({ authorization: basic ?? `Bearer ${token}` }, told);
  const rest = `${base}/rest/api/${cloud ? 3 : 2}`;
  const comments = `${rest}/issue/${ticket}/comment`;
  const marked = (blocks: readonly Block[], mark: string): Block[] => [...blocks, { kind: 'code', lines: [mark] }];
  const bodyOf = (blocks: readonly Block[], mark: string): unknown =>
    cloud ? toAdf(marked(blocks, mark)) : toJiraWiki(marked(blocks, mark));
  const said = (body: unknown): string => (typeof body === 'string' ? body : adfText(body));
  return {
    where: `issue ${ticket} at ${base}`,
    room: 32_000,
    attachments: 'files',
    calls: [
      `GET ${rest}/myself`,
      `GET ${comments}`,
      `POST ${rest}/issue/${ticket}/attachments (each file)`,
      `POST ${comments} or PUT ${comments}/ID`,
    ],
    write: (blocks, mark) => {
      const body = bodyOf(blocks, mark);
      return typeof body === 'string' ? body : JSON.stringify(body, null, 2);
    },
    async own(): Promise<OwnComment | undefined> {
      const { body: me } = await door.call({ method: 'GET', url: `${rest}/myself` });
      const key = cloud ? 'accountId' : 'name';
      const myself = text(field(me, key));
      // The newest are on the last page. A page may hold less than it was asked for; Jira tells the total with each.
      const all: unknown[] = [];
      for (let total = 1; all.length < total && all.length < MOST_COMMENTS; ) {
        const url = `${comments}?startAt=${all.length}&maxResults=100`;
        const { body } = await door.call({ method: 'GET', url });
        const page = list(field(body, 'comments'));
        if (page.length === 0) break;
        all.push(...page);
        total = Number(field(body, 'total') ?? 0);
      }
      const mine = all.filter(
        (each) => text(field(each, 'author', key)) === myself && markIn(said(field(each, 'body'))) !== undefined,
      );
      const last = mine.at(-1);
      return last === undefined
        ? undefined
        : { id: identifier(field(last, 'id'), 'comment'), text: said(field(last, 'body')) };
    },
    async upload({ name, type, bytes }: Attachment): Promise<Attached> {
      const form = new FormData();
      form.append('file', new Blob([Uint8Array.from(bytes)], { type }), name);
      try {
        await door.call({
          method: 'POST',
          url: `${rest}/issue/${ticket}/attachments`,
          form,
          headers: { 'x-atlassian-token': 'no-check' },
        });
        return { name, handle: name };
      } catch (error) {
        if (error instanceof Refused && error.answer.status === 413) return { name, refused: error.message };
        throw error;
      }
    },
    async comment(blocks, mark) {
      await door.call({ method: 'POST', url: comments, json: { body: bodyOf(blocks, mark) } });
      return [];
    },
    async update({ id }, blocks, mark) {
      try {
        await door.call({ method: 'PUT', url: `${comments}/${id}`, json: { body: bodyOf(blocks, mark) } });
        return true;
      } catch (error) {
        // Not every project lets people change their comments.
        if (error instanceof Refused && (error.answer.status === 400 || error.answer.status === 403)) return false;
        throw error;
      }
    },
  };
}
