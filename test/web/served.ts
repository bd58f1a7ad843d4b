import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { Summary } from '../../src/web/summary.js';

// Servers, workers and real analyses, on a machine that runs other tests beside.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });
const PATIENCE = 120_000;

const MAIN = resolve('dist/cli/main.js');
export const bundle = (name: string): string => resolve('samples/bundles', name);

/** A server started as users start it: the built command. */
export class Served {
  private constructor(
    readonly url: string,
    readonly process: ChildProcess,
    private readonly words: () => string,
  ) {}

  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Served> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const url = await new Promise<string>((done, fail) => {
      child.stderr!.on('data', (data: Buffer) => {
        said += data.toString();
        const [, found] = /listening on (http:\S+?)\/ /.exec(said) ?? [];
        if (found !== undefined) done(found);
      });
      child.once('exit', (code) => fail(new Error(`serve ended with ${code}: ${said}`)));
    });
    const served = new Served(url, child, () => said);
    running.add(served);
    return served;
  }

  /** All that it has said on standard error. */
  get said(): string {
    return this.words();
  }

  /** Ends the server. @returns its exit status, or the signal */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    running.delete(this);
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const gone = new Promise<number | NodeJS.Signals | null>((done) =>
      this.process.once('exit', (code, by) => done(code ?? by)),
    );
    this.process.kill(signal);
    return gone;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { headers, redirect: 'manual' });
  }

  /** Sends files, each `[name, content]`. */
  post(
    files: readonly (readonly [string, string | Uint8Array])[],
    headers: Record<string, string> = {},
    path = '/api/analyses',
  ) {
    const body = new FormData();
    for (const [name, content] of files) body.append('bundle', new Blob([Buffer.from(content)]), name);
    return fetch(this.url + path, { method: 'POST', body, headers, redirect: 'manual' });
  }

  async summary(id: string, headers: Record<string, string> = {}): Promise<Summary & { report: unknown }> {
    return (await (await this.get(`/api/analyses/${id}`, headers)).json()) as Summary & { report: unknown };
  }

  async list(): Promise<Summary[]> {
    return ((await (await this.get('/api/analyses')).json()) as { analyses: Summary[] }).analyses;
  }

  /** Waits until the analysis is done or has failed. */
  async finished(id: string, headers: Record<string, string> = {}): Promise<Summary & { report: unknown }> {
    let last: (Summary & { report: unknown }) | undefined;
    await expect
      .poll(
        async () => {
          last = await this.summary(id, headers);
          return last.state;
        },
        { timeout: PATIENCE, interval: 100 },
      )
      .toMatch(/done|failed/);
    return last!;
  }

  /** Process numbers of its workers. */
  workers(): number[] {
    try {
      return execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(this.process.pid)], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes('jobs/worker.js'))
        .map((line) => Number.parseInt(line, 10));
    } catch {
      return [];
    }
  }

  /** Resident memory, MB. */
  residentMb(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.process.pid)], { encoding: 'utf8' })) / 1024;
  }
}

const running = new Set<Served>();
const folders: string[] = [];
async function clear(): Promise<void> {
  await Promise.all([...running].map((served) => served.stop('SIGKILL')));
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
let shared = false;
afterEach(async () => {
  if (!shared) await clear();
});

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-serve-'));
  folders.push(folder);
  return folder;
}

export type Housed = Served & { readonly dir: string };

/** A server with a data folder of its own, and one worker; it ends with the test. */
export async function serve(...args: string[]): Promise<Housed> {
  const dir = freshFolder();
  return Object.assign(await Served.start(['--data-dir', dir, '--jobs', '1', ...args]), { dir });
}

/** The same for all tests of a `describe`. */
export function sharedServer(...args: string[]): () => Housed {
  let server: Housed | undefined;
  beforeAll(async () => {
    shared = true;
    server = await serve(...args);
  });
  afterAll(async () => {
    shared = false;
    await clear();
  });
  return () => server!;
}
