import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Somebody who types the commands of a page, one block after another, in a shell of their own: a fresh checkout's samples, an empty home,
 * and `podtrail` on the path. What is exported stays. Three commands are not run to the letter:
 * - `podtrail serve` gives the prompt back when it listens, on a free port, and ends when the next one starts; curl finds it;
 * - `podtrail ticket attach` is a dry run, for it needs somebody's ticket system;
 * - `npm start` and `npm test` run in the checkout, and `npm test`, within which all this runs, runs one small file.
 */
export class Reader {
  readonly folder = mkdtempSync(join(tmpdir(), 'podtrail-page-'));

  static async sitDown(): Promise<Reader> {
    return new Reader(await freePort());
  }

  private constructor(private readonly port: number) {
    symlinkSync(resolve('samples'), join(this.folder, 'samples'));
    mkdirSync(join(this.folder, 'bin'));
    const podtrail = `'${process.execPath}' '${resolve('dist/cli/main.js')}'`;
    this.#command('podtrail', [
      'case "$1" in',
      `serve) ${END_SERVER}`,
      `  ${podtrail} "$@" --port ${port} >server.out 2>server.log & echo $! >server.pid`,
      '  until grep -q "listening on" server.log; do kill -0 "$(cat server.pid)" || { cat server.log >&2; exit 1; }; sleep 0.1; done',
      '  cat server.log;;',
      `ticket) exec ${podtrail} "$@" --dry-run;;`,
      `*) exec ${podtrail} "$@";;`,
      'esac',
    ]);
    this.#command('npm', [
      `cd '${resolve('.')}' && export PATH="$READERS_PATH"`,
      'if [ "$*" = test ]; then exec npm test -- test/batch/names.test.ts; else exec npm "$@"; fi',
    ]);
    this.#command('curl', [
      'for word; do shift; set -- "$@" "$(printf %s "$word" | sed "s/127.0.0.1:8080/127.0.0.1:$READERS_PORT/")"; done',
      'PATH="$READERS_PATH" exec curl "$@"',
    ]);
  }

  #command(name: string, lines: readonly string[]): void {
    writeFileSync(join(this.folder, 'bin', name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  }

  type(commands: string): { readonly stdout: string; readonly stderr: string; readonly status: number | null } {
    const path = process.env['PATH'] ?? '';
    return spawnSync(
      'bash',
      ['-e', '-o', 'pipefail', '-c', `[ ! -f .exports ] || . ./.exports\n${commands}\nexport -p >.exports`],
      {
        cwd: this.folder,
        env: {
          ...process.env,
          HOME: this.folder,
          PATH: `${join(this.folder, 'bin')}:${path}`,
          READERS_PATH: path,
          READERS_PORT: String(this.port),
          NO_COLOR: '1',
        },
        encoding: 'utf8',
        maxBuffer: 64e6,
      },
    );
  }

  leave(): void {
    const pid = join(this.folder, 'server.pid');
    if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const END_SERVER =
  'if [ -f server.pid ]; then kill "$(cat server.pid)"; while kill -0 "$(cat server.pid)" 2>/dev/null; do sleep 0.1; done; fi';

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
