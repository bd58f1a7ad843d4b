import { Failure } from '../core/failure.js';
import { field, identifier, list, text } from './answers.js';
import type { Credentials } from './credentials.js';
import { Door, Refused, type Told } from './door.js';
import { markIn } from './marker.js';
import type { Block } from './markup/block.js';
import { toMarkdown } from './markup/markdown.js';
import type { Place } from './place.js';
import type { Attached, Attachment, OwnComment, TicketSystem } from './system.js';

const PAGE = 100;
const MOST_PAGES = 30;

/** GitLab's REST interface, version 4: files are uploaded to the project and linked from the note. */
export function gitlab(
  { base, project, ticket, kind = 'issues' }: Place,
  { token }: Credentials,
  { told }: { readonly told?: Told | undefined },
): TicketSystem {
  const door = new Door({ 'private-token': token }, told);
  const owner = `${base}/projects/${encodeURIComponent(project!)}`;
  const notes = `${owner}/${kind}/${ticket}/notes`;
  const write = (blocks: readonly Block[], mark: string, files: readonly Attached[] = []): string => {
    const links = files.flatMap((file) => ('handle' in file ? [`[${file.name}](${file.handle})`] : []));
    return [toMarkdown(blocks), ...(links.length > 0 ? [links.join(' ')] : []), `<!-- ${mark} -->`].join('\n\n');
  };
  return {
    where: `${kind === 'issues' ? 'issue' : 'merge request'} ${ticket} of ${project} at ${new URL(base).host}`,
    room: 900_000,
    attachments: 'files',
    calls: [
      `GET ${base}/user`,
      `GET ${notes}`,
      `POST ${owner}/uploads (each file)`,
      `POST ${notes} or PUT ${notes}/ID`,
    ],
    write,
    async own(): Promise<OwnComment | undefined> {
      const me = field((await door.call({ method: 'GET', url: `${base}/user` })).body, 'id');
      for (let page = 1; page <= MOST_PAGES; page++) {
        const url = `${notes}?sort=desc&order_by=created_at&per_page=${PAGE}&page=${page}`;
        const { headers, body } = await door.call({ method: 'GET', url });
        const found = list(body);
        const mine = found.find(
          (note) => field(note, 'author', 'id') === me && markIn(text(field(note, 'body'))) !== undefined,
        );
        if (mine !== undefined) return { id: identifier(field(mine, 'id'), 'note'), text: text(field(mine, 'body')) };
        // GitLab takes out what the user may not see after it has cut the page, so a short page need not be the last.
        const next = headers.get('x-next-page');
        if (next === null ? found.length < PAGE : next === '') break;
      }
      return undefined;
    },
    async upload({ name, type, bytes }: Attachment): Promise<Attached> {
      const form = new FormData();
      form.append('file', new Blob([Uint8Array.from(bytes)], { type }), name);
      try {
        const { body } = await door.call({ method: 'POST', url: `${owner}/uploads`, form });
        const url = text(field(body, 'url'));
        if (!/^\/uploads\/[0-9a-f]{32}\/[\w.%-]+$/.test(url))
          throw new Failure("GitLab's answer to the upload has no link", 1);
        return { name, handle: url };
      } catch (error) {
        if (error instanceof Refused && (error.answer.status === 413 || error.answer.status === 422))
          return { name, refused: error.message };
        throw error;
      }
    },
    async comment(blocks, mark, files) {
      await door.call({ method: 'POST', url: notes, json: { body: write(blocks, mark, files) } });
      return [];
    },
    async update({ id }, blocks, mark, files) {
      try {
        await door.call({ method: 'PUT', url: `${notes}/${id}`, json: { body: write(blocks, mark, files) } });
        return true;
      } catch (error) {
        if (error instanceof Refused && error.answer.status === 403) return false;
        throw error;
      }
    },
  };
}
