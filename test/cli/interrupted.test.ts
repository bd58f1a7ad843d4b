import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-interrupted-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('an analysis that is stopped in the middle', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s says so and leaves nothing: no temporary folder, no half store', async (signal, status) => {
    // Its input stays open and never ends.
    const child = spawn(
      process.execPath,
      ['dist/cli/main.js', 'analyze', '-', '--store', join(scratch, 'case.duckdb')],
      {
        env: { ...process.env, TMPDIR: scratch },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let [out, said] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise((done) => child.once('close', done));
    child.stdin.write('root@n1:~# ip route\ndefault via 10.0.0.1 dev eth0\n');
    await expect.poll(() => readdirSync(scratch), { timeout: 30_000 }).toContain('case.duckdb');
    child.kill(signal);
    expect(await ended).toBe(status);
    expect(said).toBe(`podtrail: stopped by ${signal}, nothing was kept\n`);
    expect(out).toBe('');
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('a signal at any moment', () => {
  const moments = [50, 150, 250, 350, 450, 600, 800].flatMap((ms) =>
    (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const).map((signal) => ({ signal, ms })),
  );
  it.each(moments)('$signal after $ms ms leaves nothing', async ({ signal, ms }) => {
    const bundle = 'samples/bundles/011-healthy-calico-bgp.tar.bz2';
    const child = spawn(process.execPath, ['dist/cli/main.js', 'analyze', bundle], {
      env: { ...process.env, TMPDIR: scratch },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    setTimeout(() => child.kill(signal), ms);
    const status = await ended;
    // Ended before, or by the runtime before the program began. SIGPIPE alone means nothing: a closed pipe is seen when written to.
    if (status !== 0 && status !== null) expect(said).toBe(`podtrail: stopped by ${signal}, nothing was kept\n`);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

/** Hours of work for the database, with more to sort than fits into its memory. */
const HOURS =
  'SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY hash(r)) AS x FROM range(10000000000) t(r)) WHERE x % 7 = 1';

describe('a query of the database that takes hours', () => {
  const store = join(scratch, 'kept.duckdb');
  const bundle = 'samples/bundles/101-forward-drop-a.tar.xz';

  /** Runs the command, sends the signal once `begun` says that the query runs, and returns how it ended. */
  async function stopped(
    argv: readonly string[],
    signal: NodeJS.Signals,
    begun: (said: string) => boolean,
    begins = 'CREATE TABLE derived.started',
  ) {
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, TMPDIR: scratch, LONG_QUERY: begins },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, said] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    try {
      await expect.poll(() => begun(said), { timeout: 30_000 }).toBe(true);
      child.kill(signal);
      const status = await Promise.race([ended, new Promise((late) => setTimeout(late, 20_000, 'still running'))]);
      return { status, out, said };
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  }

  const SIGNALS = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const;

  it.each(SIGNALS)('is ended by %s, and the analysis with it', async (signal, status) => {
    const argv = ['--require', './test/cli/long-query.cjs', 'dist/cli/main.js', 'analyze', bundle];
    const ended = await stopped(argv, signal, (said) => said.includes('long query'));
    expect(ended).toEqual({
      status,
      out: '',
      said: `long query\npodtrail: stopped by ${signal}, nothing was kept\n`,
    });
    expect(readdirSync(scratch)).toEqual([]);
  });

  it.each(SIGNALS)(
    'typed by a user is ended by %s; what it spilled lay in the temporary folder and is gone',
    async (signal, status) => {
      const made = spawnSync(process.execPath, ['dist/cli/main.js', 'analyze', '-q', bundle, '--store', store], {
        env: { ...process.env, TMPDIR: scratch },
      });
      expect(made.status).toBe(0);
      const spills = () =>
        readdirSync(scratch, { recursive: true }).some((name) => /podtrail-.*\.tmp$/.test(String(name)));
      const ended = await stopped(['dist/cli/main.js', 'query', store, HOURS], signal, spills);
      expect(ended).toEqual({ status, out: '', said: `podtrail: stopped by ${signal}, nothing was kept\n` });
      expect(readdirSync(scratch)).toEqual(['kept.duckdb']);
      rmSync(store);
    },
  );

  it.each(SIGNALS)(
    'that writes Parquet files is ended by %s: none of them stays, and what was there does',
    async (signal, status) => {
      const dir = join(scratch, 'tables');
      const made = spawnSync(process.execPath, ['dist/cli/main.js', 'analyze', '-q', bundle, '--store', store], {
        env: { ...process.env, TMPDIR: scratch },
      });
      expect(made.status).toBe(0);
      mkdirSync(dir);
      const old = { 'address.parquet': 'of last week', 'packet_raw.parquet': 'of last week', 'notes.txt': 'mine' };
      for (const [name, text] of Object.entries(old)) writeFileSync(join(dir, name), text);
      const argv = ['--require', './test/cli/long-query.cjs', 'dist/cli/main.js', 'export', store, '--parquet', dir];
      // Tables are written one after the other: some are whole by now, and of this one a part.
      const half = () =>
        readdirSync(dir).some((name) => name.includes('packet_raw') && statSync(join(dir, name)).size > 1e6);
      const ended = await stopped(argv, signal, half, 'COPY "packet_raw"');
      expect(ended).toEqual({
        status,
        out: '',
        said: `long query\npodtrail: stopped by ${signal}, nothing was kept\n`,
      });
      expect(Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]))).toEqual(
        old,
      );
      expect(readdirSync(scratch).sort()).toEqual(['kept.duckdb', 'tables']);
      rmSync(dir, { recursive: true });
      rmSync(store);
    },
  );
});
