import { field, identifier, list, text } from './answers.js';
import type { Credentials } from './credentials.js';
import { Door, Refused, type Told } from './door.js';
import { markIn } from './marker.js';
import type { Block } from './markup/block.js';
import { toMarkdown } from './markup/markdown.js';
import type { Place } from './place.js';
import type { OwnComment, TicketSystem } from './system.js';

const PAGE = 100;
const MOST_PAGES = 30;

/** GitHub's REST interface (2022-11-28). It has no way to attach a file to an issue: the findings stand in the comment, folded. */
export function github(
  { base, project, ticket }: Place,
  { token }: Credentials,
  { told }: { readonly told?: Told | undefined },
): TicketSystem {
  const door = new Door({ authorization: `Bearer ${token}` }, told);
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
  const repository = `${base}/repos/${project}`;
  const comments = `${repository}/issues/${ticket}/comments`;
  const write = (blocks: readonly Block[], mark: string): string => `${toMarkdown(blocks)}\n\n<!-- ${mark} -->`;
  return {
    where: `issue ${ticket} of ${project} at ${new URL(base).host}`,
    room: 65_000,
    attachments: 'none',
    calls: [`GET ${base}/user`, `GET ${comments}`, `POST ${comments} or PATCH ${repository}/issues/comments/ID`],
    write,
    async own(): Promise<OwnComment | undefined> {
      const user = await door.ask({ method: 'GET', url: `${base}/user`, headers });
      // An app's token is no user's: then the mark alone must do.
      const me = user.status === 200 ? field(user.body, 'id') : undefined;
      let last: unknown;
      for (let page = 1; page <= MOST_PAGES; page++) {
        const url = `${comments}?per_page=${PAGE}&page=${page}`;
        const answer = await door.call({ method: 'GET', url, headers });
        const found = list(answer.body);
        const mine = found.filter(
          (each) =>
            markIn(text(field(each, 'body'))) !== undefined &&
            (me === undefined ? text(field(each, 'user', 'type')) === 'Bot' : field(each, 'user', 'id') === me),
        );
        last = mine.at(-1) ?? last;
        // The header tells whether there is more (REST API, "Using pagination"); a short page need not be the last.
        const link = answer.headers.get('link');
        if (link === null ? found.length < PAGE : !/rel="next"/.test(link)) break;
      }
      return last === undefined
        ? undefined
        : { id: identifier(field(last, 'id'), 'comment'), text: text(field(last, 'body')) };
    },
    async upload({ name }) {
      return { name, refused: 'GitHub has no interface for attachments' };
    },
    async comment(blocks, mark) {
      await door.call({ method: 'POST', url: comments, json: { body: write(blocks, mark) }, headers });
      return [];
    },
    async update({ id }, blocks, mark) {
      try {
        const url = `${repository}/issues/comments/${id}`;
        await door.call({ method: 'PATCH', url, json: { body: write(blocks, mark) }, headers });
        return true;
      } catch (error) {
        if (error instanceof Refused && error.answer.status === 403) return false;
        throw error;
      }
    },
  };
}
