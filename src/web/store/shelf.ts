import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../core/make-folder.js';
import { type Analysis, isUnfinished, type Upload } from '../analysis.js';
import { shownName, storedName } from './file-name.js';
import { lockFolder } from './lock.js';

/** What an analysis leaves beside its record: as it is, and with addresses and names replaced. */
const ARTEFACTS = {
  plain: { json: 'report.json', markdown: 'report.md', html: 'report.html', evidence: 'evidence' },
  redacted: { json: 'redacted.json', markdown: 'redacted.md', html: 'redacted.html', evidence: 'redacted-evidence' },
} as const;
export type Form = keyof typeof ARTEFACTS;
export type Artefact = keyof (typeof ARTEFACTS)[Form];

const RECORD = 'meta.json';
const ID = /^[0-9a-f]{32}$/;

/** Removes what a broken-off upload or removal left; a folder that holds anything else is not ours, whatever its name. */
async function removeRemains(folder: string): Promise<void> {
  const ours = new Set<string>([...Object.values(ARTEFACTS).flatMap((form) => Object.values(form)), 'upload']);
  const names = await readdir(folder).catch(() => undefined);
  if (names?.every((name) => ours.has(name) || name.endsWith('.part')) === true)
    await rm(folder, { recursive: true, force: true });
}

/**
 * All analyses, each in a folder of its own named by its id: the record, the upload while it is needed, the report. Ids
 * are made here and looked up in memory, so nothing that a request says ever becomes a path.
 */
export class Shelf {
  readonly #analyses = new Map<string, Analysis>();
  #last = 0;

  private constructor(
    readonly dir: string,
    private readonly unlock: () => void,
  ) {}

  /** Opens the folder, makes it if it is not there, and removes what broken-off uploads left in it. */
  static async open(dir: string, unreadable: (id: string, why: string) => void): Promise<Shelf> {
    await makeFolder(dir, (path) => mkdir(path, { mode: 0o700 }));
    const shelf = new Shelf(dir, lockFolder(dir));
    for (const id of (await readdir(dir)).filter((name) => ID.test(name))) {
      let text: string;
      try {
        text = await readFile(join(dir, id, RECORD), 'utf8');
      } catch {
        await removeRemains(join(dir, id));
        continue;
      }
      try {
        shelf.#analyses.set(id, { ...(JSON.parse(text) as Analysis), id });
      } catch (error) {
        unreadable(id, error instanceof Error ? error.message : String(error));
      }
    }
    return shelf;
  }

  close(): void {
    this.unlock();
  }

  /** Newest first. */
  all(): Analysis[] {
    return [...this.#analyses.values()].sort((a, b) =>
      a.received === b.received ? (a.id < b.id ? 1 : -1) : a.received < b.received ? 1 : -1,
    );
  }

  get(id: string): Analysis | undefined {
    return this.#analyses.get(id);
  }

  /** The place for an upload: its folder is there, its record is not until `put`. */
  async place(name: string): Promise<Omit<Upload, 'bytes'>> {
    const id = randomBytes(16).toString('hex');
    await mkdir(join(this.dir, id, 'upload'), { recursive: true, mode: 0o700 });
    this.#last = Math.max(Date.now(), this.#last + 1);
    return { id, name: shownName(name), file: storedName(name), received: new Date(this.#last).toISOString() };
  }

  uploadPath({ id, file }: Pick<Upload, 'id' | 'file'>): string {
    return join(this.dir, id, 'upload', file);
  }

  path(id: string, artefact: Artefact, form: Form = 'plain'): string {
    return join(this.dir, id, ARTEFACTS[form][artefact]);
  }

  /** Writes the record, whole or not at all, and remembers it. */
  async put(analysis: Analysis): Promise<void> {
    const record = join(this.dir, analysis.id, RECORD);
    const draft = `${record}.${randomBytes(4).toString('hex')}.part`;
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(analysis, undefined, 1)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(draft, record);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    this.remember(analysis);
  }

  /** Only until the server ends. */
  remember(analysis: Analysis): void {
    this.#analyses.set(analysis.id, analysis);
  }

  async dropUpload({ id }: Pick<Upload, 'id'>): Promise<void> {
    await rm(join(this.dir, id, 'upload'), { recursive: true, force: true });
  }

  /** The record goes first, so that a removal that is cut off is finished by the next `open`. */
  async remove(id: string): Promise<void> {
    this.#analyses.delete(id);
    await rm(join(this.dir, id, RECORD), { force: true });
    await rm(join(this.dir, id), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Finished analyses older than so many days. */
  expired(days: number, now: number): Analysis[] {
    return this.all().filter((a) => !isUnfinished(a) && now - Date.parse(a.finished) > days * 86_400_000);
  }
}
