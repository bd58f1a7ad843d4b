import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { sizeInWords } from '../core/size.js';
import type { Analysis, Upload } from './analysis.js';
import { noRoom, Refusal } from './refusal.js';
import { shownName } from './store/file-name.js';
import type { Shelf } from './store/shelf.js';

const FIELD = 'bundle';
/** Bundles in one request. */
const MOST_FILES = 100;

/**
 * Takes the bundles of a multipart request in, each streamed to its place on the disk. All of them or none: what breaks off
 * leaves nothing behind.
 */
export async function receive(request: FastifyRequest, shelf: Shelf, maxUpload: number): Promise<Analysis[]> {
  if (!request.isMultipart())
    throw new Refusal(
      415,
      `Send the bundle as multipart/form-data, in a field named ${FIELD}: curl -F ${FIELD}=@FILE …`,
    );
  const placed: Omit<Upload, 'bytes'>[] = [];
  try {
    const taken: Analysis[] = [];
    const limits = { fileSize: maxUpload, files: MOST_FILES, fields: 20, fieldSize: 1000, parts: MOST_FILES + 20 };
    for await (const part of request.parts({ limits })) {
      if (part.type !== 'file') continue;
      if (part.fieldname !== FIELD) {
        part.file.resume();
        continue;
      }
      // The plugin's types do not say that a part may lack its name.
      const name = (part.filename as string | undefined) ?? '';
      const place = await shelf.place(name);
      placed.push(place);
      const bytes = await store(part, shelf.uploadPath(place), maxUpload);
      // A form in which nothing was chosen sends a part without a name and without content.
      if (bytes === 0 && name === '') await shelf.remove(place.id);
      else taken.push(outset({ ...place, bytes }));
    }
    if (taken.length === 0) throw new Refusal(400, `There is no file in the field ${FIELD}.`);
    if (taken.every(({ bytes }) => bytes === 0))
      throw new Refusal(400, `${taken.map(({ name }) => name).join(', ')}: the file is empty.`);
    for (const analysis of taken) await shelf.put(analysis);
    return taken;
  } catch (error) {
    await Promise.all(placed.map(({ id }) => shelf.remove(id)));
    throw refusalOf(error);
  }
}

const outset = (upload: Upload): Analysis =>
  upload.bytes > 0
    ? { ...upload, state: 'queued', tries: 0 }
    : { ...upload, state: 'failed', finished: upload.received, why: 'empty', reason: 'the file is empty' };

async function store({ file, filename }: MultipartFile, path: string, maxUpload: number): Promise<number> {
  const tooLarge = new Refusal(
    413,
    `${shownName(filename ?? '')} is larger than this server takes (${sizeInWords(maxUpload)}; --max-upload).`,
  );
  file.once('limit', () => file.destroy(tooLarge));
  await pipeline(file, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  // What came in one piece reached the limit before anybody listened, and was cut there.
  if (file.truncated) throw tooLarge;
  return (await stat(path)).size;
}

function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (noRoom(error))
    return new Refusal(507, 'The disk of this server is full: nothing was kept. Delete analyses, then send again.');
  if (!(error instanceof Error) || error instanceof TypeError) return error;
  const { statusCode, syscall } = error as Error & { statusCode?: number; syscall?: string };
  if (syscall !== undefined) return error;
  return new Refusal(statusCode ?? 400, `The upload cannot be read: ${error.message}.`);
}
