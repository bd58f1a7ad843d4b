import { field, identifier, list, text } from './answers.js';
import type { Credentials } from './credentials.js';
import { Door, type Told } from './door.js';
import { markIn } from './marker.js';
import type { Block } from './markup/block.js';
import { toPlainText } from './markup/plain-text.js';
import type { Place } from './place.js';
import type { Attached, Attachment, OwnComment, Refusal, TicketSystem } from './system.js';

/** Attachments of one page of a ticket's list. */
const PAGE = 100;
const MOST_PAGES = 20;

/**
 * Request Tracker's REST2 interface (RT 5). Comments cannot be changed there: they are part of the ticket's history. The mark
 * is found by the name of the attached report.
 */
export function requestTracker(
  { base, ticket }: Place,
  { token }: Credentials,
  { told }: { readonly told?: Told | undefined },
): TicketSystem {
  const door = new Door({ authorization: `token ${token}` }, told);
  const rest = `${base}/REST/2.0`;
  const pending = new Map<string, Attachment>();
  const write = (blocks: readonly Block[], mark: string): string => `${toPlainText(blocks)}\n\n${mark}\n`;
  const attachments = async (fields: string): Promise<readonly unknown[]> => {
    const all: unknown[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const url = `${rest}/ticket/${ticket}/attachments?fields=${fields}&per_page=${PAGE}&page=${page}`;
      const items = list(field((await door.call({ method: 'GET', url })).body, 'items'));
      all.push(...items);
      if (items.length < PAGE) break;
    }
    return all;
  };
  /** RT drops or cuts what is longer than its $MaxAttachmentSize, and answers as if it had not. */
  const dropped = async (files: readonly Attachment[]): Promise<readonly Refusal[]> => {
    const kept = new Map(
      (await attachments('Filename,ContentLength')).map((item) => [
        text(field(item, 'Filename')),
        Number(field(item, 'ContentLength')),
      ]),
    );
    // RT may store texts in another encoding and with other line ends: for them it is enough that they are there.
    return files.flatMap(({ name, type, bytes }) =>
      kept.has(name) && (type.startsWith('text/') || kept.get(name) === bytes.length)
        ? []
        : [
            {
              name,
              refused: 'Request Tracker took it and did not keep all of it: it is longer than its $MaxAttachmentSize',
            },
          ],
    );
  };
  return {
    where: `ticket ${ticket} at ${base}`,
    room: 50_000,
    attachments: 'files',
    calls: [`GET ${rest}/ticket/${ticket}/attachments`, `POST ${rest}/ticket/${ticket}/comment (with the files)`],
    write,
    async own(): Promise<OwnComment | undefined> {
      // The list of a ticket that is not there is empty, and says nothing.
      await door.call({ method: 'GET', url: `${rest}/ticket/${ticket}` });
      const all = await attachments('Filename,TransactionId,ContentType');
      const report = all
        .filter((item) => /^podtrail-report-[0-9a-f]{8}\.html$/.test(text(field(item, 'Filename'))))
        .at(-1);
      if (report === undefined) return undefined;
      const transaction = transactionOf(report);
      const words = all.find(
        (item) =>
          transactionOf(item) === transaction &&
          text(field(item, 'ContentType')) === 'text/plain' &&
          text(field(item, 'Filename')) === '',
      );
      if (words === undefined) return undefined;
      const id = identifier(field(words, 'id'), 'attachment');
      const { body } = await door.call({ method: 'GET', url: `${rest}/attachment/${id}` });
      const said = Buffer.from(text(field(body, 'Content')), 'base64').toString('utf8');
      return markIn(said) === undefined ? undefined : { id, text: said };
    },
    // Files go with the comment, in one request.
    async upload(file): Promise<Attached> {
      pending.set(file.name, file);
      return { name: file.name, handle: file.name };
    },
    async comment(blocks, mark, files) {
      const attached = files.flatMap((file) => ('handle' in file ? [pending.get(file.handle)!] : []));
      const url = `${rest}/ticket/${ticket}/comment`;
      await door.call({
        method: 'POST',
        url,
        json: {
          Content: write(blocks, mark),
          ContentType: 'text/plain',
          Attachments: attached.map(({ name, type, bytes }) => ({
            FileName: name,
            FileType: type,
            FileContent: Buffer.from(bytes).toString('base64'),
          })),
        },
      });
      const lost = await dropped(attached);
      if (lost.length > 0) {
        const Content = lost
          .map(({ name }) => `${name} is not attached: it is too large for this Request Tracker.`)
          .join('\n');
        await door.call({ method: 'POST', url, json: { Content, ContentType: 'text/plain' } });
      }
      return lost;
    },
  };
}

/** RT gives a reference as an object with an id, or as the id. */
const transactionOf = (item: unknown): string => {
  const given = field(item, 'TransactionId');
  return String(field(given, 'id') ?? given ?? '');
};
