import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Redmine and Request Tracker as Debian packs them, each with data of its own in a temporary folder, on loopback only. */

/** Milliseconds that a server may take to answer first, on a busy machine. */
const PATIENCE = 240_000;

export interface Running {
  readonly url: string;
  readonly token: string;
  readonly tickets: readonly number[];
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

async function untilAnswering(url: string, process: ChildProcess, log: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    if (process.exitCode !== null) break;
    const answered = await fetch(url, { signal: AbortSignal.timeout(30_000) }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  // A program that ends says why in its first lines.
  const said = readFileSync(log, 'utf8');
  const shown = said.length > 6000 ? `${said.slice(0, 3000)}\n…\n${said.slice(-3000)}` : said;
  throw new Error(`no answer from ${url}:\n${shown}`);
}

function stopper(process: ChildProcess, folder: string): () => Promise<void> {
  return async () => {
    const gone = new Promise((done) => process.once('exit', done));
    if (process.exitCode === null) {
      process.kill('SIGTERM');
      const late = setTimeout(() => process.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  };
}

/** How a Redmine reads texts: its own names of Textile, of Markdown by Redcarpet, and of CommonMark with GitHub's additions. */
export type TextFormatting = 'textile' | 'markdown' | 'common_mark';

export async function startRedmine(formatting: TextFormatting): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-redmine-'));
  for (const name of ['config', 'tmp/cache', 'log', 'files', 'db']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    join(folder, 'config/database.yml'),
    `production:\n  adapter: sqlite3\n  database: ${folder}/db/redmine.sqlite3\n  timeout: 10000\n`,
  );
  writeFileSync(join(folder, 'config/configuration.yml'), `default:\n  attachments_storage_path: ${folder}/files\n`);
  writeFileSync(join(folder, 'config/secret_key.txt'), `${'0123456789abcdef'.repeat(8)}\n`);
  const port = await freePort();
  const log = join(folder, 'server.log');
  const says = join(folder, 'says.json');
  const out = openSync(log, 'w');
  const server = spawn(
    'ruby',
    [
      '-W0',
      '-S',
      'puma',
      '-e',
      'production',
      '-b',
      `tcp://127.0.0.1:${port}`,
      '-t',
      '1:2',
      resolve('test/tickets/real/redmine.ru'),
    ],
    {
      cwd: '/usr/share/redmine',
      stdio: ['ignore', out, out],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        LANG: 'C.UTF-8',
        RAILS_ENV: 'production',
        SAYS: says,
        TEXT_FORMATTING: formatting,
        // Debian looks for an instance beside its own, in /usr/share/redmine/instances, which is a link to /var/lib/redmine.
        REDMINE_INSTANCE: `../../../..${folder}`,
      },
    },
  );
  const stop = stopper(server, folder);
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilAnswering(`${url}/issues/1.json`, server, log);
    if (!existsSync(says)) throw new Error(readFileSync(log, 'utf8').slice(-3000));
    const { token, issues } = JSON.parse(readFileSync(says, 'utf8')) as { token: string; issues: number[] };
    return { url, token, tickets: issues, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startRequestTracker(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-rt-'));
  for (const name of ['db', 'session', 'mason', 'log', 'none']) mkdirSync(join(folder, name));
  const port = await freePort();
  writeFileSync(
    join(folder, 'SiteConfig.pm'),
    `Set($rtname, 'podtrail.test');
Set($Organization, 'podtrail.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, ${port});
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '${folder}/db/rt.sqlite');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MasonSessionDir, '${folder}/session');
Set($MasonDataDir, '${folder}/mason');
Set($MaxAttachmentSize, 1_000_000);
Set($DropLongAttachments, 1);
Set(%GnuPG, Enable => 0);
Set(%SMIME, Enable => 0);
1;
`,
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'C.UTF-8',
    RT_SITE_CONFIG: join(folder, 'SiteConfig.pm'),
    RT_SITE_CONFIG_DIR: join(folder, 'none'),
  };
  const log = join(folder, 'server.log');
  try {
    execFileSync('rt-setup-database-5', ['--action', 'init', '--skip-create'], { env, stdio: 'pipe' });
    const said = execFileSync('perl', ['test/tickets/real/request-tracker.pl'], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const { token, tickets } = JSON.parse(said) as { token: string; tickets: number[] };
    const out = openSync(log, 'w');
    const server = spawn(
      'perl',
      ['/usr/share/request-tracker5/libexec/rt-server', '--host', '127.0.0.1', '--port', String(port)],
      { env, stdio: ['ignore', out, out] },
    );
    const stop = stopper(server, folder);
    try {
      await untilAnswering(`http://127.0.0.1:${port}/REST/2.0/rt`, server, log);
      return { url: `http://127.0.0.1:${port}`, token, tickets, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
