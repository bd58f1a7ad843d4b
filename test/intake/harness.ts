import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Note } from '../../src/core/note.js';
import { DEFAULT_LIMITS, type Limits } from '../../src/intake/limits.js';
import { openInput } from '../../src/intake/open.js';

/** A folder of its own for a test file, removed afterwards. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'intake-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder. */
export function plant(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Runs a shell command in a folder; its output. The tools are Debian's. */
export function shell(folder: string, command: string): Buffer {
  return execFileSync('bash', ['-ec', command], { cwd: folder, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface Collected {
  readonly members: Map<string, Buffer>;
  readonly kinds: Map<string, string>;
  readonly notes: Note[];
  /** Bytes of the input that were reported as read. */
  readonly bytes: number;
}

export interface CollectOptions {
  readonly limits?: Partial<Limits>;
  readonly prefix?: string;
  /** Chunks read of each member; all when left out. */
  readonly chunks?: number;
}

/** Reads an input to its end. Fails when a temporary file is left. */
export async function collect(path: string, options: CollectOptions = {}): Promise<Collected> {
  const tempDir = mkdtempSync(join(tmpdir(), 'intake-spool-'));
  const members = new Map<string, Buffer>();
  const kinds = new Map<string, string>();
  const notes: Note[] = [];
  let bytes = 0;
  const input = openInput(path, {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    note: (note) => notes.push(note),
    tempDir,
    onBytes: (n) => {
      bytes += n;
    },
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
  });
  for await (const member of input) {
    const chunks: Uint8Array[] = [];
    kinds.set(member.path, member.content.kind);
    let left = options.chunks ?? Number.POSITIVE_INFINITY;
    if (left > 0) {
      for await (const chunk of member.bytes) {
        chunks.push(Uint8Array.from(chunk));
        if (--left === 0) break;
      }
    }
    members.set(member.path, Buffer.concat(chunks));
  }
  expect(readdirSync(tempDir)).toEqual([]);
  rmSync(tempDir, { recursive: true });
  return { members, kinds, notes, bytes };
}

/** Reasons of all notes, for matching. */
export function reasons(collected: Collected): string {
  return collected.notes.map((note) => `${note.file}: ${note.reason} (${note.count})`).join('\n');
}
