/**
 * Opens what the user named and hands out its members one by one: a folder, a file, standard input; archives and
 * compressed files within them are opened on the way. What something is, its content tells. Nothing is unpacked to disk.
 */
import { Buffer } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { printable } from '../core/escape.js';
import type { Note } from '../core/note.js';
import { type Bytes, peek } from './bytes.js';
import { decompress } from './decompress.js';
import { openFile, readHandle, systemReason, walk } from './folder.js';
import { Budget, formatBytes, type Limits } from './limits.js';
import { archivedPath, memberPath, ROOT_REMOVED } from './path.js';
import { type Content, HEAD_LENGTH, recognise } from './recognise.js';
import { type Spooled, spool } from './spool.js';
import { counted, limited, safe, unzipped } from './streams.js';
import { Tally } from './tally.js';

/** One file of a bundle. */
export interface Member {
  /** As `tar t` prints it, without `./`; `outer.tar.gz!inner/path` in a nested archive; below the folder for a folder. */
  readonly path: string;
  /** Bytes of the content, where that is known before reading. */
  readonly size?: number | undefined;
  readonly modified?: Date | undefined;
  /** What the content is: never an archive or compressed, these were opened. */
  readonly content: Content;
  /** Can be read once, until the next member is asked for. May be left early or unread. Never throws. */
  readonly bytes: Bytes;
}

export interface OpenOptions {
  readonly limits: Limits;
  /** Told of everything that was left out, and why. */
  readonly note: (note: Note) => void;
  /** Folder for the one file that a zip from a stream is spooled to. */
  readonly tempDir: string;
  /** Put before every path when several inputs are read together: the input's base name and a slash, e.g. `node1.tgz/`. */
  readonly prefix?: string;
  /** Told how many more bytes of the input itself were read, for progress. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Name of standard input in paths and notes. */
export const STDIN = 'stdin';

/** What something is called. */
interface Named {
  /** Its name in notes, and as a member. */
  readonly path: string;
  /** What its members' names begin with, if it is an archive. */
  readonly inside: string;
}

/** Something whose content is not known yet. */
interface Unopened extends Named {
  readonly bytes: Bytes;
  /** The open file whose bytes these are, when they are a file's. */
  readonly handle?: FileHandle | undefined;
  readonly size?: number | undefined;
  readonly modified?: Date | undefined;
  /** Counts bytes read from a file of the machine. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** One run over one input. */
class Intake {
  readonly #budget: Budget;
  readonly #options: OpenOptions;

  constructor(options: OpenOptions) {
    this.#options = options;
    this.#budget = new Budget(options.limits);
  }

  #note(file: string, reason: string): void {
    this.#options.note({ file, reason, count: 1 });
  }

  /** Notes of one file. */
  #tell(file: string): (reason: string) => void {
    return (reason) => this.#note(file, reason);
  }

  async *input(path: string | '-'): AsyncGenerator<Member> {
    const prefix = this.#options.prefix ?? '';
    const base = path === '-' ? STDIN : printable(basename(resolve(path)));
    // The input itself is not named twice: `kern.log`, not `kern.log/kern.log`.
    const name = prefix === `${base}/` ? base : prefix + base;
    if (path === '-') {
      const bytes = safe(counted(process.stdin, this.#options.onBytes), this.#tell(name));
      yield* this.#open({ path: name, inside: prefix, bytes }, 1, 0);
      return;
    }
    try {
      const found = await stat(path);
      if (found.isDirectory()) yield* this.#folder(Buffer.from(path), prefix);
      else if (!found.isFile()) {
        // A pipe, such as a shell's <(command): a stream like standard input.
        const bytes = safe(counted(createReadStream(path), this.#options.onBytes), this.#tell(name));
        yield* this.#open({ path: name, inside: prefix, bytes }, 1, 0);
      } else yield* this.#file(path, { path: name, inside: prefix }, true);
    } catch (error) {
      this.#note(name, `could not be opened: ${systemReason(error)}`);
    }
  }

  async *#folder(folder: Buffer, prefix: string): AsyncGenerator<Member> {
    const tally = new Tally();
    try {
      for await (const found of walk(folder, '', (at, reason) => tally.add(prefix + (at || '.'), reason))) {
        const name = memberPath(prefix + found.relative, this.#options.limits.pathLength);
        if (!this.#admit(name.path)) return;
        if (!name.ok) tally.add(name.path, name.reason);
        else if (found.kind === 'link') tally.add(name.path, LINK);
        else if (found.kind === 'device') tally.add(name.path, DEVICE);
        else if (found.kind === 'file') {
          try {
            yield* this.#file(found.real, { path: name.path, inside: `${name.path}!` }, false);
          } catch (error) {
            tally.add(name.path, `could not be opened: ${systemReason(error)}`);
          }
        }
        if (this.#budget.exhausted) return;
      }
    } finally {
      tally.flush(this.#options.note);
    }
  }

  /** Opens a file of the machine; `follow` when the user named it. Throws when it cannot be opened. */
  async *#file(real: string | Buffer, as: Named, follow: boolean): AsyncGenerator<Member> {
    const handle = await openFile(real, follow);
    try {
      const { size, mtime } = await handle.stat();
      // Some parts of a zip are read twice, others never: in all, a file counts for its size.
      let left = size;
      const onBytes = (bytes: number): void => {
        const more = Math.min(bytes, left);
        left -= more;
        if (more > 0) this.#options.onBytes?.(more);
      };
      const bytes = safe(readHandle(handle, size, onBytes), this.#tell(as.path));
      yield* this.#open({ ...as, bytes, handle, size, modified: mtime, onBytes }, 1, 0);
      onBytes(left);
    } finally {
      await handle.close();
    }
  }

  /** Looks at the content, and either hands it out or opens it further. `depth` counts archives, `layers` compressions. */
  async *#open(it: Unopened, depth: number, layers: number): AsyncGenerator<Member> {
    const peeked = await peek(it.bytes, HEAD_LENGTH);
    try {
      const content = recognise(peeked.head);
      switch (content.kind) {
        case 'gzip':
        case 'xz':
        case 'zstd':
        case 'bzip2': {
          if (!this.#shallow(it.path, layers + 1)) return;
          const bytes = decompress(content.kind, peeked, this.#budget, this.#tell(it.path), it.size);
          yield* this.#open({ ...it, bytes, handle: undefined, size: undefined }, depth, layers + 1);
          return;
        }
        case 'tar':
          if (this.#shallow(it.path, depth)) yield* this.#tar(it, peeked, depth);
          return;
        case 'zip':
          if (this.#shallow(it.path, depth)) yield* this.#spooled(it, peeked, depth);
          return;
        default: {
          const { path, size, modified } = it;
          yield {
            path,
            size,
            modified,
            content,
            bytes: limited(peeked, this.#options.limits.memberBytes, this.#tell(path)),
          };
        }
      }
    } finally {
      await peeked.return();
    }
  }

  async *#tar(it: Unopened, bytes: Bytes, depth: number): AsyncGenerator<Member> {
    const { limits, note } = this.#options;
    const tally = new Tally();
    const damaged = (reason: string, name?: string) =>
      this.#note(name === undefined ? it.path : it.inside + archivedPath(name, limits.pathLength).path, reason);
    try {
      const { readTar } = await import('./tar.js');
      for await (const entry of readTar(bytes, damaged)) {
        const name = archivedPath(entry.name, limits.pathLength);
        const path = it.inside + name.path;
        if (!this.#admit(it.path)) return;
        if (entry.kind === 'directory') continue;
        if (name.ok && name.absolute) tally.add(it.path, ROOT_REMOVED);
        if (!name.ok) tally.add(path, name.reason);
        else if (entry.kind === 'link') tally.add(path, LINK);
        else if (entry.kind === 'device') tally.add(path, DEVICE);
        else if (entry.kind === 'other') tally.add(path, 'entry of a special type (sparse, volume label): left out');
        else {
          const { size, modified } = entry;
          yield* this.#open({ path, inside: `${path}!`, bytes: entry.bytes, size, modified }, depth + 1, 0);
        }
        if (this.#budget.exhausted) return;
      }
    } finally {
      tally.flush(note);
    }
  }

  /** Makes sure that a zip lies in a file. */
  async *#spooled(it: Unopened, bytes: Bytes, depth: number): AsyncGenerator<Member> {
    if (it.handle !== undefined) {
      yield* this.#zip(it, it.handle, depth);
      return;
    }
    const { limits, tempDir } = this.#options;
    let file: Spooled;
    try {
      file = await spool(bytes, tempDir, limits.spoolBytes);
    } catch (error) {
      this.#note(it.path, `zip archive could not be put into the temporary folder: ${systemReason(error)}`);
      return;
    }
    try {
      if (file.cut) this.#note(it.path, `larger than ${formatBytes(limits.spoolBytes)}: only that much was read`);
      yield* this.#zip(it, file.handle, depth);
    } finally {
      await file.remove();
    }
  }

  async *#zip(it: Unopened, handle: FileHandle, depth: number): AsyncGenerator<Member> {
    const { limits, note } = this.#options;
    const tally = new Tally();
    try {
      const { readZip } = await import('./zip.js');
      for await (const entry of readZip(handle, this.#tell(it.path))) {
        const name = archivedPath(entry.name, limits.pathLength);
        const path = it.inside + name.path;
        if (!this.#admit(it.path)) return;
        if (entry.kind === 'directory') continue;
        if (name.ok && name.absolute) tally.add(it.path, ROOT_REMOVED);
        if (!name.ok) tally.add(path, name.reason);
        else if (entry.kind === 'link') tally.add(path, LINK);
        else if (typeof entry.packed === 'object') tally.add(path, entry.packed.unreadable);
        else {
          // A stream's bytes were counted when they were spooled.
          const raw = it.handle === undefined ? entry.bytes : counted(entry.bytes, it.onBytes);
          const { crc, size, modified } = entry;
          const bytes = unzipped(safe(raw, this.#tell(path)), entry.packed, crc, this.#budget, this.#tell(path));
          yield* this.#open({ path, inside: `${path}!`, bytes, size, modified }, depth + 1, 0);
        }
        if (this.#budget.exhausted) return;
      }
    } finally {
      tally.flush(note);
    }
  }

  /** Counts an entry; false, with a note, when there were too many. */
  #admit(file: string): boolean {
    if (this.#budget.member()) return true;
    this.#note(file, `more than ${this.#options.limits.members} members: the rest was left out`);
    return false;
  }

  #shallow(file: string, depth: number): boolean {
    const { depth: limit } = this.#options.limits;
    if (depth <= limit) return true;
    this.#note(file, `packed more than ${limit} times in each other: left out`);
    return false;
  }
}

const LINK = 'link, not followed';
const DEVICE = 'device, pipe or socket, not opened';

/**
 * The members of an input, in the order in which they lie there; `path` is a folder, a file, or `-` for standard
 * input. Never throws: what cannot be read becomes a note. Ask for the next member only when done with the last.
 */
export function openInput(path: string | '-', options: OpenOptions): AsyncGenerator<Member> {
  return new Intake(options).input(path);
}
