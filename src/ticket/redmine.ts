import { field, identifier, list, text } from './answers.js';
import type { Credentials } from './credentials.js';
import { Door, Refused, type Told } from './door.js';
import { markIn } from './marker.js';
import type { Block } from './markup/block.js';
import { toRedmineMarkdown } from './markup/markdown.js';
import { toTextile } from './markup/textile.js';
import type { Place } from './place.js';
import type { Attached, Attachment, OwnComment, TicketSystem } from './system.js';

/** How a Redmine is set up to read notes; its interface does not tell. */
export type RedmineMarkup = 'markdown' | 'textile';

/** Redmine's REST interface (Rest_Issues, Rest_api#Attaching-files, Rest_Journals since 5.0). */
export function redmine(
  { base, ticket }: Place,
  { token }: Credentials,
  { markup, told }: { readonly markup: RedmineMarkup; readonly told?: Told | undefined },
): TicketSystem {
  const door = new Door({ 'x-redmine-api-key': token }, told);
  const issue = `${base}/issues/${ticket}.json`;
  const write = (blocks: readonly Block[], mark: string): string =>
    `${markup === 'textile' ? toTextile(blocks) : toRedmineMarkdown(blocks)}\n\n${mark}`;
  const uploads = (files: readonly Attached[]) =>
    files.flatMap((file) => ('handle' in file ? [{ token: file.handle, filename: file.name }] : []));
  return {
    where: `issue ${ticket} at ${base}`,
    room: 60_000,
    attachments: 'files',
    calls: [
      `GET ${base}/users/current.json`,
      `GET ${issue}?include=journals`,
      `POST ${base}/uploads.json (each file)`,
      `PUT ${issue}`,
    ],
    write,
    async own(): Promise<OwnComment | undefined> {
      const me = field((await door.call({ method: 'GET', url: `${base}/users/current.json` })).body, 'user', 'id');
      const { body } = await door.call({ method: 'GET', url: `${issue}?include=journals` });
      const notes = list(field(body, 'issue', 'journals')).filter(
        (note) => field(note, 'user', 'id') === me && markIn(text(field(note, 'notes'))) !== undefined,
      );
      const last = notes.at(-1);
      return last === undefined
        ? undefined
        : { id: identifier(field(last, 'id'), 'journal'), text: text(field(last, 'notes')) };
    },
    async upload({ name, bytes }: Attachment): Promise<Attached> {
      try {
        const url = `${base}/uploads.json?filename=${encodeURIComponent(name)}`;
        const { body } = await door.call({ method: 'POST', url, bytes });
        return { name, handle: identifier(field(body, 'upload', 'token'), 'upload token') };
      } catch (error) {
        if (error instanceof Refused && (error.answer.status === 413 || error.answer.status === 422))
          return { name, refused: error.message };
        throw error;
      }
    },
    async comment(blocks, mark, files) {
      await door.call({
        method: 'PUT',
        url: issue,
        json: { issue: { notes: write(blocks, mark), uploads: uploads(files) } },
      });
      return [];
    },
    async update({ id }, blocks, mark, files) {
      try {
        await door.call({
          method: 'PUT',
          url: `${base}/journals/${id}.json`,
          json: { journal: { notes: write(blocks, mark) } },
        });
      } catch (error) {
        // Before 5.0 there is no such address; and not every role may change its own notes.
        if (error instanceof Refused && [403, 404, 405].includes(error.answer.status)) return false;
        throw error;
      }
      const more = uploads(files);
      if (more.length > 0) await door.call({ method: 'PUT', url: issue, json: { issue: { uploads: more } } });
      return true;
    },
  };
}
